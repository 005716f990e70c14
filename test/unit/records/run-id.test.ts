import fc from 'fast-check';
import {expect, test} from 'vitest';

import {isRunId, newRunId} from '../../../src/records/run-id.ts';

test('an id tells the start of the run in UTC', () => {
  expect(newRunId(Date.UTC(2026, 0, 2, 3, 4, 5, 678), '1f9a3c')).toBe('20260102-030405-678-1f9a3c');
});

test('ids sort by time', () => {
  const time = fc.integer({min: 0, max: Date.UTC(9999, 11, 31)});
  fc.assert(
    fc.property(time, time, (one, other) => {
      const sorted = [newRunId(one, 'x'), newRunId(other, 'x')].toSorted();
      expect(sorted).toEqual([
        newRunId(Math.min(one, other), 'x'),
        newRunId(Math.max(one, other), 'x'),
      ]);
    }),
  );
});

test('only ids are ids', () => {
  expect(isRunId(newRunId(0, 'a1'))).toBe(true);
  expect(['latest', '', '..', '20260102', `${newRunId(0, 'a1')}/..`].filter(isRunId)).toEqual([]);
});
