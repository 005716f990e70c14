import {expect, test} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {retryText} from '../../../src/events/retry-text.ts';
import {surviveBuilders, type OtherBuilders} from '../../../src/run/other-builders.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';
import {plannedTarget} from './sample-plan.ts';

const target = plannedTarget('cpu', {
  builder: 'first',
  command: {
    program: 'docker',
    args: ['buildx', 'build', '--progress=rawjson', '--builder=first', '.'],
    env: {},
  },
});

/** Builds on `alive` builders; the others are lost. */
async function run(alive: (builder: string | null, attempt: number) => boolean, others: string[]) {
  const told: string[] = [];
  const commands: string[] = [];
  const stop = new AbortController();
  const builders: OtherBuilders = {
    lost: new Set(),
    find: (_, tried) => Promise.resolve(others.find((name) => !tried.has(name))),
  };
  const build = () =>
    surviveBuilders({
      ...{target, builders, signal: stop.signal},
      ports: {clock: createFakeClock(), waiting: createFakeWaiting()},
      emit(event: BuildEvent) {
        if (event.type === 'target-retried') told.push(retryText(event));
      },
      build(planned) {
        commands.push(planned.command.args.slice(3).join(' '));
        return Promise.resolve({isLost: !alive(planned.builder, commands.length)});
      },
    });
  const first = await build();
  return {first, again: build, told, commands, builders};
}

test('another builder takes over at once, with the same command', async () => {
  const {first, again, told, commands, builders} = await run(
    (name) => name === 'third',
    ['second', 'third'],
  );
  expect(first.end.isLost).toBe(false);
  expect(first.target.builder).toBe('third');
  expect(commands).toEqual(['--builder=first .', '--builder=second .', '--builder=third .']);
  expect(told).toEqual([
    'builder first was lost, builder second takes over',
    'builder second was lost, builder third takes over',
  ]);
  // Who was lost is not asked by the next target.
  expect([...builders.lost]).toEqual(['first', 'second']);
  commands.length = 0;
  await again();
  expect(commands).toEqual(['--builder=third .']);
});

test('without another one the builder is waited for', async () => {
  const {first, told, builders} = await run((_, attempt) => attempt === 3, []);
  expect(first).toMatchObject({end: {isLost: false}, target: {builder: 'first'}});
  expect(told.map((line) => line.replace(/\d+ s/u, 'N s'))).toEqual([
    'builder first was lost; next try in N s (2 of 6)',
    'builder first was lost; next try in N s (3 of 6)',
  ]);
  expect(builders.lost.size).toBe(0);
});

test('a builder that stays away fails the build after some tries', async () => {
  const {first, commands} = await run(() => false, []);
  expect(first.end.isLost).toBe(true);
  expect(commands).toHaveLength(6);
});
