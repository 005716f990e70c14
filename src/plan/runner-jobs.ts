import {targetIdOf} from '../model/target-id.ts';
import type {RunnerSpec} from '../config/matrix-file-parts.ts';
import type {InvalidUsage} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {BuildPlan, PlannedTarget} from './build-plan.ts';

/** What one machine of a CI system builds: one platform of a target and of all that it is linked to. */
export interface RunnerJob {
  /** Each after all that it builds on. */
  readonly targets: readonly PlannedTarget[];
  readonly platform: string;
  readonly runner: RunnerSpec;
  /** True when no machine of that kind runs the platform by itself. */
  readonly emulated: boolean;
}

export interface RunnerJobsRequest {
  readonly plan: BuildPlan;
  /** `MadePlan.runners`. */
  readonly runners: ReadonlyMap<string, ReadonlyMap<string, RunnerSpec>>;
  /** What need not be built, by `shardOf`: it is proved to be unchanged. */
  readonly leaveOut?: ReadonlySet<string>;
}

/** GitHub: "a matrix will generate a maximum of 256 jobs per workflow run". */
export const mostJobs = 256;

/**
 * Machines that GitHub offers to everybody, by the platforms that they run natively (its reference of
 * GitHub-hosted runners). The arm64 ones have Neoverse N2 cores, which run no 32-bit programs.
 */
const hosted: ReadonlyMap<string, string> = new Map([
  ['linux/amd64', 'ubuntu-latest'],
  ['linux/386', 'ubuntu-latest'],
  ['linux/arm64', 'ubuntu-24.04-arm'],
]);
const emulatingRunner = 'ubuntu-latest';

/** One platform of a target, as `build --shard` takes it. */
export function shardOf(target: PlannedTarget, platform: string): string {
  return `${targetIdOf(target)}/${platform}`;
}

/**
 * The jobs of a plan, one for each target and platform. Targets that are built on one another share
 * the jobs of their platforms, so that each is made once and from exactly what was made before it.
 * In the order of the plan. Fails when linked targets want different runners, and when there are more
 * jobs than GitHub starts.
 */
export function runnerJobs({
  plan,
  runners,
  leaveOut = new Set(),
}: RunnerJobsRequest): Result<readonly RunnerJob[], InvalidUsage> {
  const jobs: RunnerJob[] = [];
  for (const group of linkedGroups(plan.targets)) {
    const platforms = new Set(group.flatMap((target) => target.platforms));
    for (const platform of platforms) {
      const targets = group.filter(
        (target) => target.platforms.includes(platform) && !leaveOut.has(shardOf(target, platform)),
      );
      // What is built on nothing that is built here as well gets a job of its own.
      for (const part of linkedGroups(targets)) {
        const runner = runnerOf(part, platform, runners);
        if (!runner.ok) return runner;
        jobs.push({targets: part, platform, ...runner.value});
      }
    }
  }
  if (jobs.length <= mostJobs) return ok(jobs);
  return err({
    reason: 'invalid-usage',
    message: `the matrix would have ${String(jobs.length)} jobs, and GitHub starts ${String(mostJobs)} at most`,
    remedy: 'name targets or groups, and make a matrix for each of them',
  });
}

/** Targets that are connected by what they build on, in the order of their first ones. */
function linkedGroups(targets: readonly PlannedTarget[]): readonly (readonly PlannedTarget[])[] {
  const groupOf = new Map<string, PlannedTarget[]>();
  for (const target of targets) {
    // Targets come after what they depend on, so that those have their groups by now.
    const joined = new Set(
      target.dependsOn.flatMap((id) => {
        const group = groupOf.get(id);
        return group === undefined ? [] : [group];
      }),
    );
    const group = [...[...joined].flat(), target];
    for (const {id} of group) groupOf.set(id, group);
  }
  const position = new Map(targets.map(({id}, index) => [id, index]));
  const at = ({id}: PlannedTarget): number => position.get(id) ?? 0;
  return [...new Set(groupOf.values())].map((group) => group.sort((a, b) => at(a) - at(b)));
}

function runnerOf(
  targets: readonly PlannedTarget[],
  platform: string,
  runners: RunnerJobsRequest['runners'],
): Result<Pick<RunnerJob, 'runner' | 'emulated'>, InvalidUsage> {
  const chosen = targets.flatMap((target) => {
    const id = targetIdOf(target);
    const runner = runners.get(id)?.get(platform);
    return runner === undefined ? [] : [{id, runner}];
  });
  const [first] = chosen;
  if (first === undefined) {
    const runner = hosted.get(platform);
    return ok({runner: runner ?? emulatingRunner, emulated: runner === undefined});
  }
  const other = chosen.find(({runner}) => JSON.stringify(runner) !== JSON.stringify(first.runner));
  if (other === undefined) return ok({runner: first.runner, emulated: false});
  return err({
    reason: 'invalid-usage',
    message: `\`${first.id}\` and \`${other.id}\` are linked and built in one job, but name different runners for ${platform}`,
    remedy: 'give both the same `runners`',
  });
}
