import {expect, test} from 'vitest';
import {retryAfterMs} from '../../../src/adapters/retry-after.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

test.each([
  [null, undefined],
  ['', undefined],
  ['0', 0],
  [' 120 ', 120_000],
  ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', 0],
])('Retry-After: %s', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
