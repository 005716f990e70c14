import {targetIdOf} from '../model/target-id.ts';
import {shardOf, type RunnerJob} from '../plan/runner-jobs.ts';
import {shortTargetNames} from './target-names.ts';

/** What `strategy.matrix` takes: each entry of `include` becomes one job. */
export interface GithubMatrix {
  readonly include: readonly GithubJob[];
}

export interface GithubJob {
  /** For people: `cuda-12.6 (linux/amd64)`. */
  readonly name: string;
  /** Ids of the targets, separated by commas. */
  readonly target: string;
  readonly platform: string;
  /** For `build --shard`: each target with the platform, separated by commas. */
  readonly shard: string;
  /** For `runs-on`. */
  readonly runner: RunnerJob['runner'];
  /** Whether QEMU has to be set up first. */
  readonly emulated: boolean;
  /** `cpu`, or that of a target which needs room for more than Ubuntu and Python. */
  readonly accelerator: string;
  /** Unique in the matrix and fit for the name of an artifact. */
  readonly key: string;
}

/** GitHub shows names of jobs in a narrow column. */
const mostNames = 3;

/** The jobs of a plan as GitHub's matrix. */
export function githubMatrix(jobs: readonly RunnerJob[]): GithubMatrix {
  const names = shortTargetNames([
    ...new Set(jobs.flatMap(({targets}) => targets.map(targetIdOf))),
  ]);
  const keys = new Set<string>();
  return {
    include: jobs.map(({targets, platform, runner, emulated}) => {
      const ids = targets.map(targetIdOf);
      const shown = ids.slice(0, mostNames).map((id) => names.get(id) ?? id);
      const more = targets.length - shown.length;
      const list = more > 0 ? [...shown, `${String(more)} more`] : shown;
      const shards = targets.map((target) => shardOf(target, platform));
      return {
        name: `${list.join(' + ')} (${platform})`,
        target: ids.join(','),
        platform,
        shard: shards.join(','),
        runner,
        emulated,
        accelerator: targets.find((one) => one.accelerator !== 'cpu')?.accelerator ?? 'cpu',
        key: uniqueKey(shards[0] ?? platform, keys),
      };
    }),
  };
}

/** Artifacts may not have `/` and a few more signs in their names (actions/upload-artifact). */
function uniqueKey(shard: string, taken: Set<string>): string {
  const plain = shard.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  let key = plain;
  for (let count = 2; taken.has(key); count += 1) key = `${plain}-${String(count)}`;
  taken.add(key);
  return key;
}
