import type {Failure} from '../events/failure.ts';

/** Something to do once everything it depends on has succeeded. */
export interface Task {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * What the other tasks do when one fails: `keep-going` finishes all that does not depend on it,
 * `fail-fast` starts nothing more and aborts what runs.
 */
export type FailureMode = 'keep-going' | 'fail-fast';

export interface TaskRun<T extends Task> {
  /** In an order in which every task stands behind those it depends on. */
  readonly tasks: readonly T[];
  /** Most tasks that run at once, at least 1. */
  readonly limit: number;
  /**
   * Whether a task may run beside those that run already; true when nothing runs. A task that may not
   * lets those behind it go first.
   */
  readonly hasRoom?: (task: T, running: ReadonlySet<T>) => boolean;
  readonly failureMode: FailureMode;
  /** When it aborts (with a `Failure` as its reason) nothing more starts and what runs is aborted. */
  readonly signal: AbortSignal;
  /**
   * Does the task and resolves to why it failed, or to undefined when it succeeded. Never rejects,
   * and settles soon after `signal` has aborted; the signal's reason is a `Failure`.
   */
  readonly start: (task: T, signal: AbortSignal) => Promise<Failure | undefined>;
  /** Called instead of `start`, once, for a task that can never start; `cause` is what ended it. */
  readonly skip: (task: T, cause: Failure) => void;
}

/**
 * Runs tasks in their order, each as soon as its dependencies have succeeded and one of `limit`
 * slots is free. Resolves when every task has either run to its end or been skipped, never both.
 *
 * Nothing can start after a failure in `fail-fast`, or after an abort: the end of a task is noted,
 * the stop decided and the next task chosen in one synchronous turn of `settle`, and `advance` is
 * the only place that starts anything.
 *
 * Throws when a task stands before one it depends on, which a plan never does.
 */
export async function runTasks<T extends Task>(run: TaskRun<T>): Promise<void> {
  checkOrder(run.tasks);
  const stop = new AbortController();
  const waiting = new Set(run.tasks);
  /** How each task that has ended did: undefined for success, otherwise the root cause. */
  const ends = new Map<string, Failure | undefined>();
  const running = new Set<T>();
  const hasRoom = (task: T): boolean =>
    running.size < run.limit && (run.hasRoom?.(task, running) ?? true);

  const causeOfSkipping = (task: T): Failure | undefined => {
    if (stop.signal.aborted) return stop.signal.reason as Failure;
    const broken = task.dependsOn.find((id) => ends.get(id) !== undefined);
    return broken === undefined ? undefined : ends.get(broken);
  };

  const finished = new AbortController();
  await new Promise<void>((resolve, reject) => {
    // A task leaves `waiting` before anything outside is called, and a Set does not visit what was
    // removed during its iteration: an abort from within `start` or `skip`, which comes back in
    // here, neither starts nor skips a task twice.
    const advance = (): void => {
      for (const task of waiting) {
        const cause = causeOfSkipping(task);
        if (cause !== undefined) {
          waiting.delete(task);
          ends.set(task.id, cause);
          run.skip(task, cause);
        } else if (hasRoom(task) && task.dependsOn.every((id) => ends.has(id))) {
          waiting.delete(task);
          running.add(task);
          run
            .start(task, stop.signal)
            .then((failure) => {
              settle(task, failure);
            })
            .catch(reject);
        }
      }
      if (running.size === 0 && waiting.size === 0) resolve();
    };

    const settle = (task: T, failure: Failure | undefined): void => {
      running.delete(task);
      ends.set(task.id, failure);
      if (failure !== undefined && run.failureMode === 'fail-fast') stop.abort(failure);
      advance();
    };

    const onAbort = (): void => {
      stop.abort(run.signal.reason);
      advance();
    };
    run.signal.addEventListener('abort', onAbort, {once: true, signal: finished.signal});
    if (run.signal.aborted) onAbort();
    else advance();
  }).finally(() => {
    finished.abort();
  });
}

/** With this order held, some waiting task can always start when none runs: the run cannot hang. */
function checkOrder(tasks: readonly Task[]): void {
  const seen = new Set<string>();
  for (const task of tasks) {
    const missing = task.dependsOn.find((id) => !seen.has(id));
    if (missing !== undefined)
      throw new Error(`${task.id} stands before ${missing}, on which it depends`);
    if (seen.has(task.id)) throw new Error(`${task.id} stands twice in the plan`);
    seen.add(task.id);
  }
}
