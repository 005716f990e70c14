import {expect, test} from 'vitest';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import type {MatrixPath, MatrixSource} from '../../../src/config/matrix-source.ts';
import type {SourceRange} from '../../../src/events/diagnostic.ts';

const text = `version: 1
templates:
  base: &base
    args: {A: "1"}
    tags: [latest]
  child:
    <<: *base
    stage: runtime
  twin: *base
images:
  app:
    targets:
      cpu:
        platforms:
          - linux/amd64
          - linux/arm64
        tags: ["{version}", "{version}-cpu"]
        description: |
          several
          lines
`;

function source(): MatrixSource {
  const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(text));
  if (!loaded.ok) throw new Error(loaded.error.diagnostics[0]?.message);
  return loaded.value.source;
}

/** \`line:column underlined\` */
const show = ({text: line, line: number, column, length}: SourceRange): string =>
  `${number}:${column} ${line.slice(column - 1, column - 1 + length)}`;

const cpu = ['images', 'app', 'targets', 'cpu'];

test.each<[string, MatrixPath, string]>([
  ['a value on the line of its key', ['version'], '1:10 1'],
  ['an entry of a list in brackets', [...cpu, 'tags', 1], '17:29 "{version}-cpu"'],
  ['an entry of a list with dashes', [...cpu, 'platforms', 1], '16:13 linux/arm64'],
  ['a list in brackets', [...cpu, 'tags'], '17:15 ["{version}", "{version}-cpu"]'],
  ['a list over several lines, by its key', [...cpu, 'platforms'], '14:9 platforms'],
  ['a map over several lines, by its key', cpu, '13:7 cpu'],
  ['text over several lines, by its first', [...cpu, 'description'], '18:22 |'],
  ['a key that is not there, by the nearest around it', [...cpu, 'stage'], '13:7 cpu'],
  ['a path that is nowhere, by the nearest around it', ['images', 'x', 'y', 0], '10:1 images'],
  ['what is not there at all, by the first key', ['mirrors'], '1:1 version'],
  ['the file, by its first key', [], '1:1 version'],
  [
    'a value that is merged in, where it is written',
    ['templates', 'child', 'args', 'A'],
    '4:15 "1"',
  ],
  ['a value beside a merge', ['templates', 'child', 'stage'], '8:12 runtime'],
  ['a value behind an alias, where it is written', ['templates', 'twin', 'tags', 0], '5:12 latest'],
  ['an alias', ['templates', 'twin'], '9:9 *base'],
])('locates %s', (_name, path, place) => {
  expect(show(source().locate(path))).toBe(place);
});

test.each<[string, MatrixPath, string]>([
  ['a key', [...cpu, 'tags'], '17:9 tags'],
  ['a key that is merged in', ['templates', 'child', 'args'], '4:5 args'],
  ['an entry of a list', [...cpu, 'platforms', 0], '15:13 linux/amd64'],
])('locates the key of %s', (_name, path, place) => {
  expect(show(source().locateKey(path))).toBe(place);
});

test('a range of several lines ends with its first', () => {
  expect(source().rangeOf([0, text.length])).toEqual({
    ...{file: 'matrix.yml', line: 1, column: 1, length: 10, text: 'version: 1'},
  });
  expect(source().rangeOf([text.length, text.length + 1])).toEqual({
    ...{file: 'matrix.yml', line: 21, column: 1, length: 1, text: ''},
  });
});
