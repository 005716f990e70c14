import type {TargetFinished, TargetOutcome} from '../events/event.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {TargetRecord} from '../records/build-record.ts';

/** The record of a target that will not change any more. */
export type EndedTarget = TargetRecord & {readonly outcome: TargetOutcome};

/** The record of a target that has not started. */
export function targetRecordOf(target: PlannedTarget): EndedTarget {
  return {
    id: target.id,
    image: target.image,
    name: target.name,
    axes: target.axes,
    // Of a remote context no stages are known.
    ...(target.stages.length === 0 ? {} : {dockerfile: target.dockerfile}),
    outcome: 'unstarted',
    builder: target.builder,
    output: target.output,
    tags: target.tags,
    startedAt: null,
    durationMs: 0,
    digest: null,
    platforms: [],
    steps: {total: 0, cached: 0},
    logFile: null,
    failure: null,
  };
}

/** The event that tells the end of a target as its record has it. */
export function targetFinished(record: EndedTarget, at: number): TargetFinished {
  return {
    type: 'target-finished',
    at,
    target: record.id,
    outcome: record.outcome,
    durationMs: record.durationMs,
    ...(record.digest === null ? {} : {digest: record.digest}),
    ...(record.platforms.length === 0
      ? {}
      : {
          sizes: record.platforms.map(({platform, compressedBytes}) => ({
            platform,
            compressedBytes,
          })),
        }),
    steps: record.steps,
    ...(record.failure === null ? {} : {failure: record.failure}),
  };
}
