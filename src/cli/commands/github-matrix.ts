import {appendOutputs} from '../../adapters/github-files.ts';
import type {Failure} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import {targetIdOf} from '../../model/target-id.ts';
import {runnerJobs, shardOf} from '../../plan/runner-jobs.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {githubMatrix} from '../../render/github-matrix.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {noOutputFile} from '../no-output-file.ts';
import {preparePlan, type PreparedPlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';
import {isStopped, watchSignals} from '../signals.ts';

/** `build-matrix github-matrix`: prints what `strategy.matrix` of a workflow takes, on one line. */
export async function printGithubMatrix(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const file = context.environment['GITHUB_OUTPUT'] ?? '';
  if (flags.githubOutput === true && file === '') return [noOutputFile];
  const prepared = await preparePlan(context, targets, flags);
  if (!prepared.ok) return [prepared.error];
  const {plan, runners, warnings} = prepared.value;
  printWarnings(context, warnings);
  // What does not push has nothing to find on a fresh machine.
  const isJudged = flags.push === true && flags.force !== true;
  const found = isJudged ? await unchangedTargets(prepared.value, context) : ok([]);
  if (!found.ok) return [found.error];
  const unchanged = found.value;
  const leaveOut = plan.targets
    .filter((target) => unchanged.includes(targetIdOf(target)))
    .flatMap((target) => target.platforms.map((platform) => shardOf(target, platform)));
  const jobs = runnerJobs({plan, runners, leaveOut: new Set(leaveOut)});
  if (!jobs.ok) return [jobs.error];
  const matrix = JSON.stringify(githubMatrix(jobs.value));
  context.out.print(matrix);
  if (flags.githubOutput !== true) return [];
  // GitHub refuses a matrix without entries, so that a workflow has to ask first.
  const empty = String(jobs.value.length === 0);
  const outputs = {matrix, empty, unchanged: unchanged.join(',')};
  const written = await attemptFile(file, () => appendOutputs(file, outputs));
  return written.ok ? [] : [written.error];
}

/** Ids of what need not be built. A registry that cannot be asked is no reason to fail here. */
async function unchangedTargets(
  made: PreparedPlan,
  {environment}: CommandContext,
): Promise<Result<readonly string[], Failure>> {
  const [{decideAll}, {openLogins}, {openProcesses}] = await Promise.all([
    import('../decide-all.ts'),
    import('../open-logins.ts'),
    import('../open-processes.ts'),
  ]);
  const {plan, matrix, locate} = made;
  const processes = openProcesses(environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  await openLogins(plan.publications, {matrix, locate, processes, environment}).ensure(stopping);
  const decisions = await decideAll(made, {environment, processes}, stopping);
  if (isStopped(stopping)) return err(stopping.reason as Failure);
  return ok([...decisions].flatMap(([id, {kind}]) => (kind === 'unchanged' ? [id] : [])));
}
