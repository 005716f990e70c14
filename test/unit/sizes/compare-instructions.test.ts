import fc from 'fast-check';
import {expect, test} from 'vitest';

import {alignInstructions} from '../../../src/sizes/compare-instructions.ts';

const align = (now: readonly string[], before: readonly string[]) =>
  alignInstructions(
    now.map((text) => ({text})),
    before.map((text) => ({text})),
  ).map((pair) => [pair.now?.text ?? null, pair.before?.text ?? null]);

test('an inserted instruction shifts none of the others', () => {
  expect(
    align(['ARG A', 'RUN new', 'COPY . .', 'RUN make'], ['ARG A', 'COPY . .', 'RUN make']),
  ).toEqual([
    ['ARG A', 'ARG A'],
    ['RUN new', null],
    ['COPY . .', 'COPY . .'],
    ['RUN make', 'RUN make'],
  ]);
});

test('an edited instruction is paired with what it was, an unlike one is not', () => {
  expect(
    align(
      ['RUN pip install numpy==2.0', 'RUN apt-get update'],
      ['RUN pip install numpy==1.0', 'RUN curl https://a.example/x'],
    ),
  ).toEqual([
    ['RUN pip install numpy==2.0', 'RUN pip install numpy==1.0'],
    ['RUN apt-get update', null],
    [null, 'RUN curl https://a.example/x'],
  ]);
});

test('an unchanged instruction is preferred to an edited one', () => {
  expect(align(['RUN make a', 'RUN make b'], ['RUN make b'])).toEqual([
    ['RUN make a', null],
    ['RUN make b', 'RUN make b'],
  ]);
});

test('neither case of the keyword nor white space makes another instruction', () => {
  expect(align(['run  make   all'], ['RUN make all'])).toEqual([
    ['run  make   all', 'RUN make all'],
  ]);
});

test('everything stands in the alignment once, in order, and equal lists pair throughout', () => {
  const instruction = fc.constantFrom('RUN a b', 'RUN a c', 'COPY x y', 'ENV A=1', 'RUN z');
  const list = fc.array(instruction, {maxLength: 12});
  fc.assert(
    fc.property(list, list, (now, before) => {
      const pairs = align(now, before);
      expect(pairs.flatMap(([text]) => text ?? [])).toEqual(now);
      expect(pairs.flatMap(([, text]) => text ?? [])).toEqual(before);
      expect(align(now, now)).toEqual(now.map((text) => [text, text]));
    }),
  );
});

test('two huge lists without anything in common do not take for ever', () => {
  const list = (word: string) => Array.from({length: 5000}, (_, at) => `RUN ${word}${at}`);
  expect(align(list('a'), list('b'))).toHaveLength(10_000);
});
