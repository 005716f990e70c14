import {appendOutputs} from '../../adapters/github-files.ts';
import type {Failure} from '../../events/failure.ts';
import {runnerJobs} from '../../plan/runner-jobs.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {githubMatrix} from '../../render/github-matrix.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {noOutputFile} from '../no-output-file.ts';
import {preparePlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';

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
  printWarnings(context, prepared.value.warnings);
  const jobs = runnerJobs(prepared.value);
  if (!jobs.ok) return [jobs.error];
  const matrix = JSON.stringify(githubMatrix(jobs.value));
  context.out.print(matrix);
  if (flags.githubOutput !== true) return [];
  // GitHub refuses a matrix without entries, so that a workflow has to ask first.
  const empty = String(jobs.value.length === 0);
  const written = await attemptFile(file, () => appendOutputs(file, {matrix, empty}));
  return written.ok ? [] : [written.error];
}
