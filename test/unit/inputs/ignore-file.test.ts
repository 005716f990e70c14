import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {
  applyRules,
  mayTakeBack,
  parseIgnoreFile,
  type IgnoreRules,
  type RuleMatches,
} from '../../../src/inputs/ignore-file.ts';

function rulesOf(text: string): IgnoreRules {
  const parsed = parseIgnoreFile(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** As a walk asks: each folder on the way, which may end it. */
function isIgnored(text: string, path: string): boolean {
  const rules = rulesOf(text);
  const parts = path.split('/');
  let matches: RuleMatches | undefined;
  let ignored = false;
  for (const at of parts.keys()) {
    const one = parts.slice(0, at + 1).join('/');
    ({ignored, matches} = applyRules(rules, one, matches));
    if (ignored && at < parts.length - 1 && !mayTakeBack(rules, one)) return true;
  }
  return ignored;
}

const cases: readonly (readonly [string, string, boolean])[] = [
  ['a', 'a', true],
  ['a', 'A', false],
  ['a', 'b/a', false],
  ['a', 'a/b/c', true],
  ['*.log', 'x.log', true],
  ['*.log', 'x/y.log', false],
  ['**/*.log', 'x/y.log', true],
  ['**/*.log', 'y.log', true],
  ['/a/', 'a', true],
  ['./a/../b', 'b', true],
  ['# a', '# a', false],
  ['\\#a', '#a', true],
  ['\uFEFFa', 'a', true],
  ['a\r\nb', 'b', true],
  ['  a\t', 'a', true],
  ['*\n!a', 'a', false],
  ['*\n!a/b', 'a/b', false],
  ['*\n!a/b', 'a/c', true],
  ['!a\na', 'a', true],
  ['d\n!d/k', 'd/k/x', false],
  ['**/node_modules\n!keep/node_modules', 'keep/node_modules/x', false],
  ['a?', 'ab', true],
  ['a?', 'a/', false],
  ['?.bin', '😀.bin', true],
  ['f[0-9]', 'f7', true],
  ['f[^a]', 'fa', false],
  ['a.c', 'abc', false],
  ['*(1)+.t', 'x(1)+.t', true],
  ['foo**', 'foobar/x', true],
  ['**foo', 'barfoo', true],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
];

test.each(cases)('%j leaves %s out: %s', (text, path, ignored) => {
  expect(isIgnored(text, path)).toBe(ignored);
});

describe('what Go and JavaScript may read differently is refused', () => {
  test.each([
    ['a|b*', 'the pattern `a|b*` cannot be read for sure'],
    ['\\d*', 'the pattern `\\d*` cannot be read for sure'],
    ['[[:alpha:]]', 'the pattern `[[:alpha:]]` cannot be read for sure'],
    ['x{2}*', 'the pattern `x{2}*` cannot be read for sure'],
    ['[z-a]', 'the pattern `[z-a]` cannot be read for sure'],
    ['[a', 'the pattern `[a` cannot be read for sure'],
    ['a\\', 'the pattern `a\\` cannot be read for sure'],
    ['/!a', 'the pattern `/!a` has a doubtful `!`'],
    ['!', 'it has a line with nothing but `!`'],
  ])('%s', (text, error) => {
    expect(parseIgnoreFile(text)).toEqual({ok: false, error});
  });
});

test('any text is read or refused, and never hides a path that no pattern could mean', () => {
  fc.assert(
    fc.property(fc.array(fc.string({unit: 'grapheme'}), {maxLength: 4}), (lines) => {
      const parsed = parseIgnoreFile(lines.join('\n'));
      const hidden = parsed.ok && applyRules(parsed.value, 'qqq', undefined).ignored;
      expect(!hidden || lines.some((line) => /[*?[]|qqq/u.test(line))).toBe(true);
    }),
  );
});
