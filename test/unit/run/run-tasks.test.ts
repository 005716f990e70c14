import {getEventListeners} from 'node:events';

import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import type {Failure} from '../../../src/events/failure.ts';
import {runTasks, type Task} from '../../../src/run/run-tasks.ts';
import {
  failureOf,
  interrupted,
  scenarios,
  simulate,
  type Scenario,
  type Step,
} from './task-simulation.ts';

const idsOf = (steps: readonly Step[], ...kinds: Step['kind'][]): string[] =>
  steps.flatMap((step) => ('id' in step && kinds.includes(step.kind) ? [step.id] : []));

/** How `step` ended its task; undefined for a start. */
const endOf = (steps: readonly Step[], id: string): Step | undefined =>
  steps.find((step) => 'id' in step && step.id === id && step.kind !== 'started');

/** Steps from the first of this kind on; none when there is none. */
const from = (steps: readonly Step[], ...kinds: Step['kind'][]): readonly Step[] => {
  const index = steps.findIndex(({kind}) => kinds.includes(kind));
  return index === -1 ? [] : steps.slice(index);
};

describe('any plan, whatever fails and whenever it is stopped', () => {
  const holds = (check: (steps: readonly Step[], scenario: Scenario) => void): Promise<void> =>
    fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const {steps} = await simulate(scenario);
        check(steps, scenario);
      }),
      {numRuns: 150},
    );

  test('gives every task exactly one outcome', async () => {
    await holds((steps, {tasks}) => {
      const outcomes = idsOf(steps, 'succeeded', 'failed', 'aborted', 'skipped');
      expect(outcomes.toSorted()).toEqual(tasks.map(({id}) => id).toSorted());
      expect(idsOf(steps, 'started').toSorted()).toEqual(
        idsOf(steps, 'succeeded', 'failed', 'aborted').toSorted(),
      );
    });
  });

  test('runs at most `limit` tasks at once', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        expect((await simulate(scenario)).mostAtOnce).toBeLessThanOrEqual(scenario.limit);
      }),
      {numRuns: 150},
    );
  });

  test('starts a task only after all of its dependencies have succeeded', async () => {
    await holds((steps, {tasks}) => {
      const startedAt = (id: string): number =>
        steps.findIndex((step) => step.kind === 'started' && step.id === id);
      const early = tasks
        .filter(({id}) => startedAt(id) !== -1)
        .flatMap(({id, dependsOn}) => {
          const done = idsOf(steps.slice(0, startedAt(id)), 'succeeded');
          return dependsOn.filter((name) => !done.includes(name)).map((name) => `${id} < ${name}`);
        });
      expect(early).toEqual([]);
    });
  });

  test('never leaves a slot empty, nor lets a task start before an earlier one that could', async () => {
    await holds((steps, scenario) => {
      expect(wastedSlots(steps, scenario)).toEqual([]);
    });
  });

  test('starts nothing after a stop, and names it as the cause of all that it ends', async () => {
    await holds((steps) => {
      const [first, ...rest] = from(steps, 'stopped', 'failed');
      const ended = first?.kind === 'stopped' ? rest : [];
      const causes = ended.flatMap((step) =>
        step.kind === 'skipped' || step.kind === 'aborted' ? [step.cause] : [],
      );
      expect(idsOf(from(steps, 'stopped'), 'started')).toEqual([]);
      expect(causes).toEqual(causes.map(() => interrupted));
    });
  });

  test('fail-fast starts nothing after the first failure, and names it as the cause of the rest', async () => {
    await holds((steps, {failureMode}) => {
      const [first, ...rest] = failureMode === 'fail-fast' ? from(steps, 'failed', 'stopped') : [];
      const ended = first?.kind === 'failed' ? rest : [];
      const causes = ended.flatMap((step) =>
        step.kind === 'skipped' || step.kind === 'aborted' ? [step.cause] : [],
      );
      expect(idsOf(ended, 'started')).toEqual([]);
      expect(causes).toEqual(causes.map(() => first?.kind === 'failed' && first.cause));
    });
  });

  test('keep-going skips just what depends on a failure, and names its root', async () => {
    await holds((steps, {failureMode, tasks}) => {
      if (failureMode !== 'keep-going' || steps.some(({kind}) => kind === 'stopped')) return;
      const roots = new Map<string, readonly string[]>();
      for (const {id, dependsOn, fails} of tasks) {
        const inherited = dependsOn.flatMap((name) => roots.get(name) ?? []);
        roots.set(id, inherited.length === 0 && fails ? [id] : inherited);
      }
      const ends = tasks.map(({id}) => describeEnd(endOf(steps, id), roots.get(id) ?? []));
      const expected = tasks.map(({id, fails}) => {
        const own = roots.get(id) ?? [];
        if (own.length === 0) return 'succeeded';
        return fails && own.includes(id) ? 'failed by itself' : 'skipped for a root';
      });
      expect(ends).toEqual(expected);
    });
  });
});

/** The end of a task in words; `roots` are the failures that it may name. */
function describeEnd(step: Step | undefined, roots: readonly string[]): string {
  if (step === undefined || !('cause' in step)) return step?.kind ?? 'no end';
  const named = roots.some((id) => JSON.stringify(failureOf(id)) === JSON.stringify(step.cause));
  if (step.kind === 'failed') return named ? 'failed by itself' : 'failed by another';
  return named ? `${step.kind} for a root` : `${step.kind} for something else`;
}

/** Moments, up to the first failure or stop, when a task could have run and did not. */
function wastedSlots(steps: readonly Step[], {tasks, limit}: Scenario): readonly string[] {
  const state = new Map<string, Step['kind']>();
  const wasted: string[] = [];
  for (const step of steps) {
    const ready = tasks.filter(
      ({id, dependsOn}) =>
        !state.has(id) && dependsOn.every((name) => state.get(name) === 'succeeded'),
    );
    const running = [...state.values()].filter((kind) => kind === 'started').length;
    if (step.kind === 'started') {
      if (ready[0]?.id !== step.id) wasted.push(`${step.id} started before ${ready[0]?.id ?? ''}`);
    } else if (running < limit && ready.length > 0) {
      // Time went on, although a slot was free.
      wasted.push(`${ready[0]?.id ?? ''} waited for ${step.kind}`);
    }
    if (step.kind !== 'started' && step.kind !== 'succeeded') break;
    state.set(step.id, step.kind);
  }
  return wasted;
}

describe('an abort that comes from within', () => {
  const task = (id: string, ...dependsOn: string[]): Task => ({id, dependsOn});

  test('`start` starts no other task and skips each of them once', async () => {
    const stop = new AbortController();
    const started: string[] = [];
    const skipped: string[] = [];
    await runTasks({
      tasks: [task('a'), task('b'), task('c', 'b')],
      limit: 3,
      failureMode: 'keep-going',
      signal: stop.signal,
      start: ({id}) => {
        started.push(id);
        stop.abort(interrupted);
        return Promise.resolve(undefined);
      },
      skip: ({id}) => skipped.push(id),
    });
    expect({started, skipped}).toEqual({started: ['a'], skipped: ['b', 'c']});
  });

  test('`skip` skips each task once', async () => {
    const stop = new AbortController();
    const skipped: string[] = [];
    await runTasks({
      tasks: [task('a'), task('b', 'a'), task('c', 'a'), task('d')],
      limit: 1,
      failureMode: 'keep-going',
      signal: stop.signal,
      start: () => Promise.resolve(failureOf('a')),
      skip: ({id}) => {
        skipped.push(id);
        stop.abort(interrupted);
      },
    });
    expect(skipped.toSorted()).toEqual(['b', 'c', 'd']);
  });
});

test('a run that is stopped before it begins skips everything', async () => {
  const skipped: (readonly [string, Failure])[] = [];
  await runTasks({
    tasks: [{id: 'a', dependsOn: []}],
    limit: 1,
    failureMode: 'keep-going',
    signal: AbortSignal.abort(interrupted),
    start: () => Promise.reject(new Error('started')),
    skip: ({id}, cause) => skipped.push([id, cause]),
  });
  expect(skipped).toEqual([['a', interrupted]]);
});

test('two tasks that fail in one turn do not let a queued one slip between them', async () => {
  const started: string[] = [];
  await runTasks({
    tasks: ['a', 'b', 'c', 'd'].map((id) => ({id, dependsOn: []})),
    limit: 2,
    failureMode: 'fail-fast',
    signal: new AbortController().signal,
    start: ({id}) => {
      started.push(id);
      return Promise.resolve(failureOf(id));
    },
    skip: () => undefined,
  });
  expect(started).toEqual(['a', 'b']);
});

test('a plan in the wrong order is refused', async () => {
  const run = (tasks: readonly Task[]): Promise<void> =>
    runTasks({
      tasks,
      limit: 1,
      failureMode: 'keep-going',
      signal: new AbortController().signal,
      start: () => Promise.resolve(undefined),
      skip: () => undefined,
    });
  await expect(
    run([
      {id: 'b', dependsOn: ['a']},
      {id: 'a', dependsOn: []},
    ]),
  ).rejects.toThrow('b stands before a, on which it depends');
  await expect(
    run([
      {id: 'a', dependsOn: []},
      {id: 'a', dependsOn: []},
    ]),
  ).rejects.toThrow('a stands twice in the plan');
});

test('a bug in a task ends the run with that very error', async () => {
  const run = runTasks({
    tasks: [{id: 'a', dependsOn: []}],
    limit: 1,
    failureMode: 'keep-going',
    signal: new AbortController().signal,
    start: () => Promise.reject(new Error('a bug')),
    skip: () => undefined,
  });
  await expect(run).rejects.toThrow('a bug');
});

test('the run listens to its signal no longer than it lasts', async () => {
  const {signal} = new AbortController();
  await runTasks({
    tasks: [{id: 'a', dependsOn: []}],
    limit: 1,
    failureMode: 'keep-going',
    signal,
    start: () => {
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      return Promise.resolve(undefined);
    },
    skip: () => undefined,
  });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a task that has no room lets others go first, and gets its turn', async () => {
  const started: string[] = [];
  let most = 0;
  let inLane = 0;
  const tasks = ['x1', 'x2', 'y1', 'x3'].map((id) => ({id, dependsOn: []}));
  await runTasks({
    tasks,
    limit: 3,
    hasRoom: (task, running) => [...running].every(({id}) => id[0] !== task.id[0]),
    failureMode: 'keep-going',
    signal: new AbortController().signal,
    async start({id}) {
      started.push(id);
      if (id.startsWith('x')) most = Math.max(most, ++inLane);
      await new Promise((resolve) => setImmediate(resolve));
      if (id.startsWith('x')) inLane -= 1;
      return undefined;
    },
    skip: () => undefined,
  });
  expect(started).toEqual(['x1', 'y1', 'x2', 'x3']);
  expect(most).toBe(1);
});
