import fc from 'fast-check';
import {expect, test} from 'vitest';

import {expandWord} from '../../../src/dockerfile/expand-word.ts';

const values = new Map([
  ['X', 'one'],
  ['EMPTY', ''],
  ['V', '12.6.3'],
  ['TARGETVARIANT', 'v7'],
  ['PATH', '/a/b/c'],
]);
const expand = (word: string, escape = '\\') =>
  expandWord(word, (name) => values.get(name), escape);

// After envVarTest and shell tests of moby/buildkit frontend/dockerfile/shell.
test.each([
  ['plain', 'plain'],
  ['$X', 'one'],
  ['"a\\b\\"\\$X\\\\"', 'a\\b"$X\\'],
  ['${X}', 'one'],
  ['a${X}b$X', 'aoneb' + 'one'],
  ['$NONE', ''],
  ['${NONE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${NONE-d}', 'd'],
  ['${X:-d}', 'one'],
  ['${X:+yes}', 'yes'],
  ['${EMPTY:+yes}', ''],
  ['${EMPTY+yes}', 'yes'],
  ['${NONE+yes}', ''],
  ['${NONE:-${X}-2}', 'one-2'],
  ['${X:?must}', 'one'],
  ['${TARGETVARIANT#v}', '7'],
  ['${V%.*}', '12.6'],
  ['${V%%.*}', '12'],
  ['${PATH#*/}', 'a/b/c'],
  ['${PATH##*/}', 'c'],
  ['${PATH%/*}', '/a/b'],
  ['${V/./-}', '12-6.3'],
  ['${V//./-}', '12-6-3'],
  ['${V//.}', '1263'],
  ["'$X'", '$X'],
  ['"$X"', 'one'],
  ['"a \\"b\\" \\$X"', 'a "b" $X'],
  ['\\$X', '$X'],
  ['$', '$'],
  ['a$-b', 'a$-b'],
])('%s becomes %s', (word, expected) => {
  expect(expand(word)).toEqual({ok: true, value: expected});
});

test('the escape character is the one of the file', () => {
  expect(expand('`$X', '`')).toEqual({ok: true, value: '$X'});
  expect(expand('\\$X', '`')).toEqual({ok: true, value: '\\one'});
});

test.each([
  ['${X', "syntax error: missing '}'"],
  ['${X:-a', "syntax error: missing '}'"],
  ['${}', 'syntax error: bad substitution'],
  ['${X^a}', 'unsupported modifier (^) in substitution'],
  ['${NONE:?must be set}', 'NONE: must be set'],
  ['${NONE?}', 'NONE: is not allowed to be unset'],
  ["'a", 'unexpected end of statement while looking for matching single-quote'],
  ['"a', 'unexpected end of statement while looking for matching double-quote'],
])('%s is refused', (word, message) => {
  expect(expand(word)).toEqual({ok: false, error: message});
});

test('any text has an answer', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          '$',
          '{',
          '}',
          ':-',
          '+',
          '?',
          '#',
          '%',
          '/',
          '\\',
          '"',
          "'",
          'X',
          '*',
          'a',
        ),
      }),
      (word) => {
        const result = expand(word);
        expect(typeof (result.ok ? result.value : result.error)).toBe('string');
      },
    ),
  );
});
