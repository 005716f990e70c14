import fc from 'fast-check';
import {expect, test} from 'vitest';

import {parseDockerfile} from '../../../src/dockerfile/parse-dockerfile.ts';

const parse = (text: string | Uint8Array) =>
  parseDockerfile('Dockerfile', typeof text === 'string' ? new TextEncoder().encode(text) : text);

const parsed = (text: string) => {
  const result = parse(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

const messages = (text: string | Uint8Array) => {
  const result = parse(text);
  return result.ok
    ? []
    : result.error.map(
        (one) => `${String(one.range?.line)}:${String(one.range?.column)} ${one.message}`,
      );
};

test('stages have names, bases, platforms and places', () => {
  const {stages} = parsed(
    'ARG A=1\nFROM --platform=$BUILDPLATFORM python:${A} AS Base\n\nFROM base\nfrom scratch as last\n',
  );
  expect(stages.map(({name, index, base, platform}) => ({name, index, base, platform}))).toEqual([
    {name: 'Base', index: 0, base: 'python:${A}', platform: '$BUILDPLATFORM'},
    {name: null, index: 1, base: 'base', platform: null},
    {name: 'last', index: 2, base: 'scratch', platform: null},
  ]);
  expect(stages[0]?.range).toEqual({
    file: 'Dockerfile',
    line: 2,
    column: 32,
    length: 11,
    text: 'FROM --platform=$BUILDPLATFORM python:${A} AS Base',
  });
});

test('global arguments keep their defaults as written, and every ARG counts as declared', () => {
  const {globalArgs, argNames} = parsed(
    'ARG A=1 B="x y" C\nFROM scratch\nARG D \\\n  E=a\\ b F\nARG A\n',
  );
  expect(globalArgs).toEqual([
    {name: 'A', value: '1'},
    {name: 'B', value: '"x y"'},
    {name: 'C', value: null},
  ]);
  expect([...argNames]).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
});

test('COPY --from and RUN --mount from= are references', () => {
  const {stages} = parsed(
    'FROM scratch\nCOPY --link --from=a / /\nCOPY x y\nRUN --mount=type=bind,from=b,target=/b --mount=type=cache,target=/c --mount=from=c true\nADD --chown=1 d e\n',
  );
  expect(stages[0]?.references.map(({name}) => name)).toEqual(['a', 'b', 'c']);
});

test('a heredoc is no instruction', () => {
  const {stages} = parsed(
    'FROM scratch\nRUN <<EOF\nFROM fake\nEOF\nCOPY <<A <<B /\nFROM a\nA\nFROM b\nB\n',
  );
  expect(stages).toHaveLength(1);
});

test('a byte order mark, CRLF, comments, continued lines and the escape directive are understood', () => {
  const {stages, escape, frontend} = parsed(
    '\uFEFF# syntax=docker/dockerfile:1\r\n# escape=`\r\n# comment\r\nFROM `\r\n  # between\r\n  python:3 `\r\n  AS a\r\n',
  );
  expect({escape, frontend, base: stages[0]?.base, name: stages[0]?.name}).toEqual({
    escape: '`',
    frontend: 'docker/dockerfile:1',
    base: 'python:3',
    name: 'a',
  });
});

test.each([
  ['', ['1:1 not a Dockerfile: the file is empty']],
  ['# only a comment\n', ['1:1 not a Dockerfile: no FROM in it']],
  ['ARG A\n', ['1:1 not a Dockerfile: no FROM in it']],
  ['RUN true\nFROM scratch\n', ['1:1 `RUN` before the first FROM']],
  ['FROM\n', ['1:1 FROM needs one argument, or three: `FROM image AS name`']],
  ['FROM a b\n', ['1:1 FROM needs one argument, or three: `FROM image AS name`']],
  ['FROM a as b c\n', ['1:1 FROM needs one argument, or three: `FROM image AS name`']],
  ['FROM a so b\n', ['1:1 `AS` expected instead of `so`: `FROM image AS name`']],
  [
    'FROM a\nRUM true\nCOPPY a b\n',
    ['2:1 unknown instruction `RUM`', '3:1 unknown instruction `COPPY`'],
  ],
])('%j is refused', (text, expected) => {
  expect(messages(text)).toEqual(expected);
});

test('an unknown instruction has a suggestion', () => {
  const result = parse('FROM a\nCOPPY a b\n');
  expect(result.ok ? null : result.error[0]?.suggestion).toBe('did you mean `COPY`?');
});

test('what is no text is refused', () => {
  expect(messages(Uint8Array.of(70, 0, 1))).toEqual(['1:1 the Dockerfile is a binary file']);
  expect(messages(Uint8Array.of(0xc3, 0x28))).toEqual(['1:1 the Dockerfile is not UTF-8 text']);
  expect(messages(new Uint8Array(1024 * 1024 + 1).fill(65))).toEqual([
    '1:1 the Dockerfile is larger than 1 MiB',
  ]);
});

test('any text has an answer, and every problem a place within the text', () => {
  const word = fc.constantFrom(
    'FROM',
    'ARG',
    'COPY --from=',
    'RUN',
    '<<E',
    'E',
    '\n',
    ' ',
    '\\',
    '`',
    '#',
    'a',
    '=',
    '"',
    '$',
    '{',
    '\r\n',
    'AS',
    'ONBUILD',
    '[',
  );
  fc.assert(
    fc.property(fc.array(word, {maxLength: 30}), (words) => {
      const text = words.join('');
      const result = parse(text);
      const lines = text.split(/\r\n|\r|\n/);
      const places = result.ok
        ? result.value.stages.map(({range}) => range)
        : result.error.flatMap(({range}) => range ?? []);
      for (const place of places) expect(lines[place.line - 1]).toBe(place.text);
    }),
    {numRuns: 500},
  );
});

test('the ids of mounted secrets, as BuildKit takes them', () => {
  const idsOf = (mount: string): readonly string[] | null => {
    const parsed = parseDockerfile(
      'Dockerfile',
      new TextEncoder().encode(`FROM scratch\nRUN --mount=${mount} true\n`),
    );
    if (!parsed.ok) throw new Error('it is valid');
    return parsed.value.secretIds && [...parsed.value.secretIds];
  };
  expect(idsOf('type=secret,id=a,target=/x/b')).toEqual(['a']);
  expect(idsOf('target=/x/b,TYPE=secret')).toEqual(['b']);
  expect(idsOf('type=secret,id=a,src=c,env=E')).toEqual(['c']);
  expect(idsOf('type=secret,dst=/x/d')).toEqual(['d']);
  expect(idsOf('type=cache,id=a,target=/x')).toEqual([]);
  expect(idsOf('type=cache,target=$HOME/x')).toEqual([]);
  expect(idsOf('type=secret,id=$A')).toBeNull();
  expect(idsOf('type=secret,"id=a"')).toBeNull();
  expect(idsOf('type=$TYPE,id=a')).toBeNull();
});
