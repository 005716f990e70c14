import fc from 'fast-check';

import type {Failure, Interrupted} from '../../../src/events/failure.ts';
import {runTasks, type FailureMode, type Task} from '../../../src/run/run-tasks.ts';

/** A task of the simulation: it ends `duration` after its start, `lag` after an abort. */
export interface SimulatedTask extends Task {
  readonly duration: number;
  readonly lag: number;
  readonly fails: boolean;
}

export interface Scenario {
  readonly tasks: readonly SimulatedTask[];
  readonly limit: number;
  readonly failureMode: FailureMode;
  /** When the user stops the run; null for never. */
  readonly stopAt: number | null;
}

/** What happened, in order. */
export type Step =
  | {readonly kind: 'started' | 'succeeded'; readonly id: string}
  | {readonly kind: 'failed' | 'aborted' | 'skipped'; readonly id: string; readonly cause: Failure}
  | {readonly kind: 'stopped'};

export const interrupted: Interrupted = {reason: 'interrupted', signal: 'SIGINT'};
export const failureOf = (id: string): Failure => ({reason: 'unknown-error', message: id});

/** Plays a scenario in simulated time, one happening at a time. */
export async function simulate(
  scenario: Scenario,
): Promise<{steps: readonly Step[]; mostAtOnce: number}> {
  const steps: Step[] = [];
  const stop = new AbortController();
  const agenda: {at: number; happen: () => void}[] = [];
  let time = 0;
  let running = 0;
  let mostAtOnce = 0;

  const start = (task: SimulatedTask, signal: AbortSignal): Promise<Failure | undefined> => {
    steps.push({kind: 'started', id: task.id});
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    return new Promise((resolve) => {
      const state = {ended: false};
      const end = (step: Step, failure: Failure | undefined) => (): void => {
        if (state.ended) return;
        state.ended = true;
        running -= 1;
        steps.push(step);
        resolve(failure);
      };
      const own = failureOf(task.id);
      agenda.push({
        at: time + task.duration,
        happen: task.fails
          ? end({kind: 'failed', id: task.id, cause: own}, own)
          : end({kind: 'succeeded', id: task.id}, undefined),
      });
      signal.addEventListener('abort', () => {
        const cause = signal.reason as Failure;
        agenda.push({
          at: time + task.lag,
          happen: end({kind: 'aborted', id: task.id, cause}, cause),
        });
      });
    });
  };

  if (scenario.stopAt !== null) {
    agenda.push({
      at: scenario.stopAt,
      happen: () => {
        steps.push({kind: 'stopped'});
        stop.abort(interrupted);
      },
    });
  }
  const result = {settled: false};
  const run = runTasks({
    ...scenario,
    signal: stop.signal,
    start,
    skip: (task, cause) => {
      steps.push({kind: 'skipped', id: task.id, cause});
    },
  }).then(() => {
    result.settled = true;
  });
  for (;;) {
    await new Promise(setImmediate);
    const next = agenda.toSorted((a, b) => a.at - b.at)[0];
    if (result.settled || next === undefined) break;
    agenda.splice(agenda.indexOf(next), 1);
    time = next.at;
    next.happen();
  }
  if (!result.settled) throw new Error('nothing is left to happen and the run has not ended');
  await run;
  return {steps, mostAtOnce};
}

export const scenarios: fc.Arbitrary<Scenario> = fc
  .array(
    fc.record({
      dependencies: fc.array(fc.nat(), {maxLength: 3}),
      duration: fc.nat(20),
      lag: fc.nat(5),
      fails: fc.boolean().chain((maybe) => (maybe ? fc.boolean() : fc.constant(false))),
    }),
    {maxLength: 12},
  )
  .map((drafts) =>
    drafts.map(({dependencies, ...draft}, index) => ({
      ...draft,
      id: `t${index}`,
      dependsOn: index === 0 ? [] : [...new Set(dependencies.map((n) => `t${n % index}`))],
    })),
  )
  .chain((tasks) =>
    fc.record({
      tasks: fc.constant(tasks),
      limit: fc.integer({min: 1, max: 5}),
      failureMode: fc.constantFrom<FailureMode>('keep-going', 'fail-fast'),
      stopAt: fc.option(fc.nat(40)),
    }),
  );
