import {expect, test} from 'vitest';

import {explainChange} from '../../../src/inputs/explain-change.ts';
import {
  formatParts,
  inputsFingerprint,
  parseParts,
  partsLabelLimit,
  shortParts,
} from '../../../src/inputs/input-labels.ts';
import {partHash} from '../../../src/inputs/part-hash.ts';

const partsOf = (values: Readonly<Record<string, string>>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, partHash(value)]));
const args = (count: number, change: string) =>
  Object.fromEntries(
    Array.from({length: count}, (_, at) => [`arg ARGUMENT_${at}`, at === 7 ? change : 'x']),
  );

test('the fingerprint is that of all parts, whatever their order', () => {
  const one = inputsFingerprint(partsOf({a: '1', b: '2'}));
  expect(one).toMatch(/^1:sha256:[0-9a-f]{64}$/u);
  expect(inputsFingerprint(partsOf({b: '2', a: '1'}))).toBe(one);
  expect(inputsFingerprint(partsOf({a: '2', b: '1'}))).not.toBe(one);
});

test('parts come back from their label', () => {
  const short = shortParts(partsOf({dockerfile: 'x', 'arg A': '1'}));
  expect(parseParts(formatParts(short))).toEqual(short);
  expect(short['arg A']).toHaveLength(8);
  for (const text of [undefined, '', 'x', '[]', 'null', '{"a": 1}']) {
    expect(parseParts(text)).toBeUndefined();
  }
});

test('of very many parts a kind is told as one, and a change in it is still told', () => {
  const parts = partsOf({dockerfile: 'x', ...args(200, 'x')});
  const short = shortParts(parts);
  expect(formatParts(short).length).toBeLessThanOrEqual(partsLabelLimit);
  expect(Object.keys(short)).toEqual(['dockerfile', 'arg *']);
  const current = {contexts: new Map(), dockerfile: 'Dockerfile'};
  const earlier = {parts: short, contexts: new Map()};
  expect(explainChange({...current, parts}, earlier)).toEqual([]);
  const changed = partsOf({dockerfile: 'x', ...args(200, 'y')});
  expect(explainChange({...current, parts: changed}, earlier)).toEqual(['arguments changed']);
  const fewer = partsOf({dockerfile: 'x', ...args(9, 'y')});
  expect(explainChange({...current, parts: fewer}, earlier)).toEqual(['arguments changed']);
});

test('a file name that moves the cursor is told as a text', () => {
  const lines = (content: string) => new Map([['a\u001B[2J', `file 0644 ${content}`]]);
  const current = {
    parts: partsOf({context: 'b'}),
    contexts: new Map([['context', {lines: lines('b')}]]),
    dockerfile: 'Dockerfile',
  };
  const earlier = {
    parts: shortParts(partsOf({context: 'a'})),
    contexts: new Map([['context', lines('a')]]),
  };
  expect(explainChange(current, earlier)).toEqual(['"a\\u001b[2J" changed']);
});
