import {expect, test} from 'vitest';

import type {PlatformRecord} from '../../../src/records/build-record.ts';
import {reportOf} from '../../../src/sizes/report-of-record.ts';
import {digestOf, sampleRecord} from '../records/sample-record.ts';

const descriptor = (letter: string, size: number) => ({
  ...{mediaType: 'layer', digest: digestOf(letter), size},
  unpackedBytes: 2 * size,
});

const stage = {
  ...{index: 0, line: 1, from: 'python:3.11-slim', shipped: true, layers: 1},
  ...{addedBytes: 30, totalBytes: 130, addedUnpackedBytes: 60, totalUnpackedBytes: 260},
  unknownBecause: null,
};

const platform: PlatformRecord = {
  platform: 'linux/amd64',
  digest: digestOf('b'),
  config: {mediaType: 'config', digest: digestOf('c'), size: 7},
  layers: [descriptor('d', 100), descriptor('e', 30)],
  compressedBytes: 130,
  unpackedBytes: 260,
  unpackedUnknownBecause: null,
  stages: [
    {
      ...{...stage, name: 'builder', shipped: false, instructions: []},
      ...{addedBytes: null, totalBytes: null, addedUnpackedBytes: null, totalUnpackedBytes: null},
      ...{layers: null, unknownBecause: 'the builder has several nodes'},
    },
    {
      ...{...stage, name: 'runtime'},
      instructions: [
        {line: 2, text: 'ENV A=1', addedBytes: 0, unpackedBytes: 0, layer: null},
        {line: 3, text: 'RUN make', addedBytes: 30, unpackedBytes: 60, layer: digestOf('e')},
      ],
    },
  ],
  stagesUnknownBecause: null,
};

const reportWith = (platforms: readonly PlatformRecord[]) => {
  const [target] = sampleRecord.targets;
  if (target === undefined) throw new Error('the sample has no target');
  return reportOf({...sampleRecord, targets: [{...target, platforms}]});
};

test('the base apart, every stage, and every instruction with its layer', () => {
  expect(reportWith([platform])).toEqual({
    schema: 1,
    at: '2026-01-02T03:05:00.000Z',
    version: '1.2.3',
    commit: 'c'.repeat(40),
    against: null,
    images: [
      {
        target: 'face-service/cuda-12.6',
        platform: 'linux/amd64',
        digest: digestOf('b'),
        size: {compressed: 130, unpacked: 260},
        base: {
          from: 'python:3.11-slim',
          size: {compressed: 100, unpacked: 200},
          layers: [digestOf('d')],
        },
        stages: [
          {
            ...{name: 'builder', line: 1, from: 'python:3.11-slim', shipped: false},
            added: {compressed: null, unpacked: null},
            total: {compressed: null, unpacked: null},
            instructions: [],
          },
          {
            ...{name: 'runtime', line: 1, from: 'python:3.11-slim', shipped: true},
            added: {compressed: 30, unpacked: 60},
            total: {compressed: 130, unpacked: 260},
            instructions: [
              {line: 2, text: 'ENV A=1', size: {compressed: 0, unpacked: 0}},
              {
                ...{line: 3, text: 'RUN make', layer: digestOf('e')},
                size: {compressed: 30, unpacked: 60},
              },
            ],
          },
        ],
        unknown: ['Stage builder: the builder has several nodes'],
        cause: null,
      },
    ],
  });
});

test('what is not known stays unknown, with the reason', () => {
  const [image] = reportWith([
    {
      ...platform,
      ...{stages: null, stagesUnknownBecause: 'no history'},
      ...{unpackedBytes: null, unpackedUnknownBecause: 'the layers could not be read'},
    },
  ]).images;
  expect(image).toMatchObject({
    size: {compressed: 130, unpacked: null},
    base: null,
    stages: [],
    unknown: ['Sizes of stages: no history', 'Unpacked sizes: the layers could not be read'],
  });
});

test('targets without sizes are told', () => {
  const {images, unknown} = reportOf(sampleRecord);
  expect(images).toHaveLength(1);
  expect(unknown).toContain('Sizes of face-service/interrupted: its build failed');
  expect(reportWith([]).unknown).toEqual([
    'Sizes of face-service/cuda-12.6: the record holds none',
  ]);
});

test.each([
  ['a stage that was made smaller', {addedBytes: 20}],
  ['a total', {totalBytes: 140}],
  ['the last stage that is not shipped any more', {shipped: false}],
])('stages that were changed by hand are not shown: %s', (_, changed) => {
  const stages = platform.stages?.map((one) =>
    one.name === 'runtime' ? {...one, ...changed} : one,
  );
  const [image] = reportWith([{...platform, stages: stages ?? null}]).images;
  expect(image).toMatchObject({
    ...{base: null, stages: [], size: {compressed: 130, unpacked: 260}},
    unknown: [
      'Sizes of stages: those in the record do not add up to its image: it was changed since it was written',
    ],
  });
});
