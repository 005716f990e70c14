import type {RecordStore} from './record-store.ts';
import type {TargetRecord} from './build-record.ts';

/** What the latest runs recorded of one build. */
export interface RecentBuilds {
  /** Records of the build with this id that name an image, newest first; runs are read as they are needed. */
  of(build: string): AsyncIterable<TargetRecord>;
}

/** Runs that are looked at: what is older was followed by others. */
const mostRuns = 5;

export function createRecentBuilds(records: Pick<RecordStore, 'list' | 'read'>): RecentBuilds {
  let runs: Promise<readonly string[]> | undefined;
  const read = new Map<string, Promise<readonly TargetRecord[]>>();
  const targetsOf = (run: string): Promise<readonly TargetRecord[]> => {
    const known =
      read.get(run) ?? records.read(run).then((record) => (record.ok ? record.value.targets : []));
    read.set(run, known);
    return known;
  };
  return {
    async *of(build) {
      runs ??= records
        .list()
        .then((list) => (list.ok ? list.value.slice(-mostRuns).toReversed() : []));
      for (const run of await runs) {
        const target = (await targetsOf(run)).find(({id}) => id === build);
        if (target !== undefined && target.digest !== null) yield target;
      }
    },
  };
}
