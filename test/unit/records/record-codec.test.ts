import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {formatRecord, parseRecord} from '../../../src/records/record-codec.ts';
import {sampleRecord} from './sample-record.ts';

const path = '.build-matrix/runs/x/record.json';
const unusable = (message: string) => ({
  ok: false,
  error: {reason: 'file-unusable', path, message},
});

test('a record with every failure and every field in it comes back as it was', () => {
  expect(parseRecord(path, formatRecord(sampleRecord))).toEqual({ok: true, value: sampleRecord});
});

test('a key that this version does not know is left out, not refused', () => {
  const text = JSON.stringify({...sampleRecord, duration: 'of a later version'});
  expect(parseRecord(path, text)).toEqual({ok: true, value: sampleRecord});
});

test('a record from before there were unpacked sizes and instructions has none', () => {
  const later = new Set([
    ...['unpackedBytes', 'unpackedUnknownBecause', 'addedUnpackedBytes', 'totalUnpackedBytes'],
    ...['instructions', 'unknownBecause'],
  ]);
  const text = JSON.stringify(sampleRecord, (key, value: unknown) =>
    later.has(key) ? undefined : value,
  );
  const parsed = parseRecord(path, text);
  expect(parsed.ok && parsed.value.targets[0]?.platforms[0]).toMatchObject({
    unpackedBytes: null,
    unpackedUnknownBecause: null,
    layers: [{unpackedBytes: null}],
    stages: [
      {
        addedUnpackedBytes: null,
        totalUnpackedBytes: null,
        instructions: [],
        unknownBecause: null,
      },
    ],
  });
});

describe('what is no record', () => {
  test('a newer schema', () => {
    expect(parseRecord(path, JSON.stringify({...sampleRecord, schema: 2}))).toEqual(
      unusable('written by a newer build-matrix (schema 2, this one reads 1): update build-matrix'),
    );
  });

  test('a file that was cut short', () => {
    expect(parseRecord(path, formatRecord(sampleRecord).slice(0, 500))).toEqual(
      unusable('not a record: the file is not JSON, or was cut short'),
    );
  });

  test.each(['{}', '[]', 'null', '7', '{"schema": "1"}', '{"schema": 0}'])('%s', (text) => {
    expect(parseRecord(path, text)).toEqual(unusable('not a record: `schema` is missing'));
  });

  test('a value that was changed by hand is named by its place', () => {
    const text = formatRecord(sampleRecord).replace(`"digest": "sha256:a`, '"digest": "latest');
    expect(parseRecord(path, text)).toEqual(
      unusable('not a valid record: targets[0].digest: expected a digest, `sha256:<hex>`'),
    );
  });

  test('sizes of layers that were changed by hand do not add up', () => {
    const text = formatRecord(sampleRecord).replace(
      /"compressedBytes": \d+/u,
      '"compressedBytes": 1',
    );
    expect(parseRecord(path, text)).toEqual(
      unusable(
        'not a valid record: targets[0].platforms[0]: the layers do not add up to `compressedBytes`',
      ),
    );
  });

  test('a value that is missing is named by its place', () => {
    expect(parseRecord(path, JSON.stringify({...sampleRecord, engine: undefined}))).toEqual(
      unusable('not a valid record: engine: Invalid input: expected object, received undefined'),
    );
  });
});

test('no text makes it throw', () => {
  const text = formatRecord(sampleRecord);
  const mutated = fc
    .record({at: fc.nat(text.length), drop: fc.nat(40), insert: fc.string({maxLength: 8})})
    .map(({at, drop, insert}) => text.slice(0, at) + insert + text.slice(at + drop));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (wild) => {
      const parsed = parseRecord(path, wild);
      return parsed.ok || parsed.error.message !== '';
    }),
    {numRuns: 300},
  );
});
