import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {canMove, isSameMutability} from '../../../src/model/tag-mutability.ts';

const immutable = (...except: string[]) => ({immutable: true, except});
const mutable = (...except: string[]) => ({immutable: false, except});

describe('canMove', () => {
  it.each([
    [mutable(), '1.0', true],
    [immutable(), '1.0', false],
    [immutable('latest'), 'latest', true],
    [immutable('latest'), 'latest2', false],
    [immutable('dev*'), 'dev', true],
    [immutable('dev*'), 'mydev', false],
    [immutable('*-dev'), '1.0-dev', true],
    [immutable('v*-rc*'), 'v1-rc2', true],
    [immutable('v*-rc*'), 'v1-r', false],
    [immutable('1.*'), '10', false],
    [mutable('v*'), 'v1', false],
    [mutable('v*'), 'latest', true],
  ])('%j: %s', (mutability, tag, expected) => {
    expect(canMove(mutability, tag)).toBe(expected);
  });

  it('reads patterns as an expression with `.*` for `*` does', () => {
    const letters = fc.string({unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 8});
    const patterns = fc.string({unit: fc.constantFrom('a', 'b', '.', '-', '*'), maxLength: 8});
    fc.assert(
      fc.property(patterns, letters, (pattern, tag) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(canMove(immutable(pattern), tag)).toBe(new RegExp(`^${escaped}$`, 'u').test(tag));
      }),
    );
  });
});

describe('isSameMutability', () => {
  it('does not mind the order of patterns', () => {
    expect(isSameMutability(immutable('a', 'b'), immutable('b', 'a'))).toBe(true);
  });

  it('tells others apart', () => {
    expect(isSameMutability(immutable(), mutable())).toBe(false);
    expect(isSameMutability(immutable('a'), immutable('b'))).toBe(false);
  });
});
