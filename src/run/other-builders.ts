import {onBuilder} from '../docker/buildx-arguments.ts';
import type {BuildEvent} from '../events/event.ts';
import {err, ok} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import {withRetries, type Retry, type RetryLimits} from '../publish/retry.ts';
import type {RunPorts} from './run-ports.ts';

/** Builders of a run that went away, and who can do their work. */
export interface OtherBuilders {
  /** Those that were lost, and from which nothing was heard since. */
  readonly lost: Set<string | null>;
  /** A builder besides `tried` that can build the target as it is planned; undefined when none can. */
  readonly find: (
    target: PlannedTarget,
    tried: ReadonlySet<string | null>,
  ) => Promise<string | null | undefined>;
}

interface Surviving<T> {
  readonly target: PlannedTarget;
  readonly builders: OtherBuilders;
  readonly build: (target: PlannedTarget) => Promise<T>;
  readonly emit: (event: BuildEvent) => void;
  readonly ports: Pick<RunPorts, 'clock' | 'waiting'>;
  readonly signal: AbortSignal;
}

/** BuildKit itself waits 20 s for a builder that is being started: half a minute of pauses comes on top. */
const limits: RetryLimits = {
  attempts: 6,
  firstPauseMs: 1_000,
  firstLimitedPauseMs: 1_000,
  totalPauseMs: 60_000,
};

/**
 * Builds on the target's builder. When that is lost, another one takes over at once; where there is none
 * the build is tried again, with growing pauses, until the builder is back. `target` of the result is
 * what was built at last.
 */
export async function surviveBuilders<T extends {readonly isLost: boolean}>(
  surviving: Surviving<T>,
): Promise<{readonly target: PlannedTarget; readonly end: T}> {
  const {builders, build, emit, ports, signal} = surviving;
  let {target} = surviving;
  const tried = new Set<string | null>();
  const tell = (retry: Retry): void => {
    emit({type: 'target-retried', at: ports.clock.now(), target: target.id, ...retry});
  };
  const moveOn = async (): Promise<boolean> => {
    tried.add(target.builder);
    const next = await builders.find(target, new Set([...tried, ...builders.lost]));
    if (next === undefined) return false;
    const because = `${nameOf(target.builder)} was lost, ${nameOf(next)} takes over`;
    target = movedTo(target, next);
    tell({because, delayMs: 0, attempt: tried.size + 1, of: tried.size + 1});
    return true;
  };
  if (builders.lost.has(target.builder)) await moveOn();
  const built = await withRetries({
    attempt: async () => {
      const end = await build(target);
      if (!end.isLost || signal.aborted) {
        builders.lost.delete(target.builder);
        return ok(end);
      }
      builders.lost.add(target.builder);
      const because = `${nameOf(target.builder)} was lost`;
      const moved = await moveOn();
      return err({kind: `lost ${tried.size}`, passing: !moved, because, end});
    },
    repair: () => Promise.resolve(true),
    onRetry: tell,
    waiting: ports.waiting,
    signal,
    limits,
  });
  return {target, end: built.ok ? built.value : built.error.end};
}

const nameOf = (builder: string | null): string =>
  builder === null ? 'the current builder' : `builder ${builder}`;

function movedTo(target: PlannedTarget, builder: string | null): PlannedTarget {
  return {
    ...target,
    builder,
    command: onBuilder(target.command, builder),
    stageExports: target.stageExports.map((one) => ({
      ...one,
      command: onBuilder(one.command, builder),
    })),
  };
}
