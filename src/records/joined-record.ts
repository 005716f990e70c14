import type {BuildRecord} from './build-record.ts';

/** The worst first: what one of several runs came to is what they all come to. */
const outcomes = ['interrupted', 'failed', 'running', 'succeeded'] as const;

/**
 * Records of several machines as one, to be shown: it has the targets of all, took from the first
 * start to the last end, and is otherwise like the first. Nothing is checked; `publish` does that.
 */
export function joinedRecord(records: readonly [BuildRecord, ...BuildRecord[]]): BuildRecord {
  const [first] = records;
  const starts = records.map(({startedAt}) => startedAt).toSorted();
  const ends = records.map(({finishedAt}) => finishedAt).filter((end) => end !== null);
  const exceeded = records.flatMap((record) => record.exceeded ?? []);
  const publications = records.flatMap((record) => record.publications ?? []);
  return {
    ...first,
    startedAt: starts[0] ?? first.startedAt,
    finishedAt: ends.length === records.length ? (ends.toSorted().at(-1) ?? null) : null,
    outcome: outcomes.find((one) => records.some(({outcome}) => outcome === one)) ?? first.outcome,
    targets: records.flatMap(({targets}) => targets),
    ...(publications.length === 0 ? {} : {publications}),
    ...(exceeded.length === 0 ? {} : {exceeded}),
  };
}
