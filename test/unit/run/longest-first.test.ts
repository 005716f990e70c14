import fc from 'fast-check';
import {expect, test} from 'vitest';

import {longestFirst, recordedDurations} from '../../../src/run/longest-first.ts';
import {sampleRecord} from '../records/sample-record.ts';
import {plannedTarget} from './sample-plan.ts';

const order = (
  targets: readonly ReturnType<typeof plannedTarget>[],
  known: Readonly<Record<string, number>>,
) => longestFirst(targets, ({name}) => known[name]).map(({name}) => name);
const a = plannedTarget('a');
const b = plannedTarget('b');
const c = plannedTarget('c');

test('the longest begins first, and what was never built as if it were the longest', () => {
  expect(order([a, b, c], {a: 10, b: 30, c: 20})).toEqual(['b', 'c', 'a']);
  expect(order([a, b, c], {a: 10, b: 30})).toEqual(['b', 'c', 'a']);
  expect(order([a, b, c], {})).toEqual(['a', 'b', 'c']);
});

test('what others build on counts with the longest of them', () => {
  const app = plannedTarget('app', {dependsOn: ['face-service/a']});
  expect(order([a, b, app], {a: 1, b: 20, app: 30})).toEqual(['a', 'app', 'b']);
});

test('the order respects what depends on what, whatever was measured', () => {
  const durations = fc.array(fc.option(fc.nat(1000), {nil: undefined}), {
    minLength: 8,
    maxLength: 8,
  });
  const links = fc.array(fc.nat(7), {minLength: 8, maxLength: 8});
  fc.assert(
    fc.property(durations, links, (times, on) => {
      const targets = times.map((_, index) => {
        const dependsOn = (on[index] ?? 0) < index ? [`face-service/t${on[index] ?? 0}`] : [];
        return plannedTarget(`t${index}`, {dependsOn});
      });
      const sorted = longestFirst(targets, ({name}) => times[Number(name.slice(1))]);
      const places = new Map(sorted.map(({id}, place) => [id, place]));
      for (const {id, dependsOn} of sorted) {
        for (const other of dependsOn) expect(places.get(other)).toBeLessThan(places.get(id) ?? -1);
      }
      expect(sorted).toHaveLength(targets.length);
    }),
  );
});

test('durations are those of the newest build of the same target and platforms that succeeded', () => {
  const [first] = sampleRecord.targets.filter(({outcome}) => outcome === 'succeeded');
  if (first === undefined) throw new Error('no sample');
  const record = (durationMs: number, outcome = first.outcome) => ({
    ...sampleRecord,
    targets: [{...first, outcome, durationMs}],
  });
  const known = recordedDurations([record(5, 'failed'), record(7), record(9)]);
  const platforms = first.platforms.map(({platform}) => platform).toReversed();
  const {image, name} = first;
  expect(known(plannedTarget('x', {image, name, platforms}))).toBe(7);
  expect(known(plannedTarget('x', {image, name, platforms: ['linux/s390x']}))).toBe(undefined);
});
