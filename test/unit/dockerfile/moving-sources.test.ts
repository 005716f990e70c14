import {expect, test} from 'vitest';

import {movingSources} from '../../../src/dockerfile/moving-sources.ts';

const whysOf = (text: string, used: readonly number[] = [0]) =>
  movingSources(`FROM scratch\n${text}\n`, new Set(used)).map(({line, why}) => `${line} ${why}`);

const sum = `sha256:${'a'.repeat(64)}`;

test.each([
  ['COPY . /x', []],
  ['ADD local.tar.gz /x', []],
  ['ADD local.tar.gz $HOME/', []],
  [`ADD --checksum=${sum} https://example.com/m /m`, []],
  ['ADD --checksum=sha256:${SUM} https://example.com/m /m', []],
  [`ADD --checksum=${'b'.repeat(40)} https://example.com/m.git /m`, []],
  ['RUN echo --mount=type=bind,from=$X', []],
  ['ADD https://example.com/m /m', ['2 ADD fetches `https://example.com/m` without a --checksum']],
  [
    'ADD --checksum=$SUM https://example.com/m /m',
    ['2 ADD fetches `https://example.com/m` without a --checksum'],
  ],
  [
    'ADD ["https://example.com/m", "/m"]',
    ['2 ADD fetches `https://example.com/m` without a --checksum'],
  ],
  [
    'ADD git@example.com:a/b.git /m',
    ['2 ADD fetches `git@example.com:a/b.git` without a --checksum'],
  ],
  ['ADD github.com/a/b /m', ['2 ADD fetches `github.com/a/b` without a --checksum']],
  [
    'ADD ${WHAT} /m',
    ['2 what ADD fetches depends on a variable (`${WHAT}`): write COPY for local files'],
  ],
  ['COPY --from=${IMAGE} a b', ['2 COPY takes files from an image that a variable names']],
  [
    'RUN --mount=type=bind,from=$IMAGE,target=/x true',
    ['2 RUN takes files from an image that a variable names'],
  ],
  [
    'ONBUILD ADD https://example.com/m /m',
    ['2 ADD fetches `https://example.com/m` without a --checksum'],
  ],
])('%s', (text, whys) => {
  expect(whysOf(text)).toEqual(whys);
});

test('stages that the build does not use do not count', () => {
  const text = 'FROM scratch\nADD https://example.com/m /m\nFROM scratch';
  expect(whysOf(text, [0, 2])).toEqual([]);
  expect(whysOf(text, [1])).toHaveLength(1);
});
