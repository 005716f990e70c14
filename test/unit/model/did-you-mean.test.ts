import fc from 'fast-check';
import {expect, test} from 'vitest';

import {closestWord, didYouMean, editDistance} from '../../../src/model/did-you-mean.ts';

const keys = ['platforms', 'dockerfile', 'noCache', 'tags', 'stage', 'args'];

test.each([
  ['platform', 'platforms'],
  ['plaftorms', 'platforms'],
  ['Dockerfile', 'dockerfile'],
  ['no-cache', 'noCache'],
  ['tag', 'tags'],
  ['arg', 'args'],
])('%s was meant to be %s', (word, meant) => {
  expect(closestWord(word, keys)).toBe(meant);
});

test.each(['volumes', 'x', '', 'p'.repeat(1_000_000)])('nothing is close to %.20s', (word) => {
  expect(didYouMean(word, keys)).toBeUndefined();
});

test('of equally close words the first one is proposed', () => {
  expect(didYouMean('cat', ['car', 'cab'])).toBe('did you mean `car`?');
});

test('a word is not proposed for itself', () => {
  expect(closestWord('tags', ['tags'])).toBeUndefined();
});

test('neighbours that are swapped count once', () => {
  expect(editDistance('amd46', 'amd64')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting', 2)).toBe(2);
});

test('the distance is symmetric, 0 only for equal words, and at most the longer length', () => {
  const word = fc.string({maxLength: 12});
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
