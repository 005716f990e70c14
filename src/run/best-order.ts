import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import type {RecordStore} from '../records/record-store.ts';
import {longestFirst, recordedDurations} from './longest-first.ts';

/** Records that are read to learn how long builds take: reading all of them would take its own time. */
const readRecords = 3;

/**
 * The targets of the plan in the order in which they are best started. Where all can start at once, the
 * order does not matter.
 */
export async function inBestOrder(run: {
  readonly plan: BuildPlan;
  readonly concurrency: number;
  readonly runId: string;
  readonly records: RecordStore;
}): Promise<readonly PlannedTarget[]> {
  const {plan, concurrency, runId, records} = run;
  const {targets, builders} = plan;
  const isLimited = builders.some((one) => one.concurrency !== null);
  if (targets.length <= concurrency && !isLimited) return targets;
  const runs = await records.list();
  const newest = (runs.ok ? runs.value : []).filter((id) => id !== runId).toReversed();
  const read = await Promise.all(newest.slice(0, readRecords).map((id) => records.read(id)));
  const known = recordedDurations(read.flatMap((record) => (record.ok ? [record.value] : [])));
  return longestFirst(targets, known);
}
