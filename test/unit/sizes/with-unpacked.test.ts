import {expect, test} from 'vitest';

import type {StageSize} from '../../../src/docker/stage-sizes.ts';
import type {PlatformRecord} from '../../../src/records/build-record.ts';
import {withUnpacked} from '../../../src/sizes/with-unpacked.ts';
import {digestOf, sampleRecord} from '../records/sample-record.ts';

const sample = sampleRecord.targets[0]?.platforms[0];
if (sample === undefined) throw new Error('the sample has no platform');

const layer = (letter: string, unpackedBytes: number | null) => ({
  ...{mediaType: '', digest: digestOf(letter), size: 1, unpackedBytes},
});
const stage = (name: string, shipped: boolean, letters: string): StageSize => ({
  ...{name, shipped, index: 0, line: 1, from: '', layers: shipped ? letters.length : null},
  ...{addedBytes: 1, totalBytes: 1, addedUnpackedBytes: null, totalUnpackedBytes: null},
  instructions: [
    {line: 2, text: 'ENV A=1', addedBytes: 0, unpackedBytes: 0, layer: null},
    ...Array.from(letters, (letter) => ({
      ...{line: 3, text: 'RUN x', addedBytes: 1, unpackedBytes: null, layer: digestOf(letter)},
    })),
  ],
  unknownBecause: null,
});
const platform: PlatformRecord = {
  ...sample,
  layers: ['0', 'a', 'b', 'c'].map((letter) => layer(letter, null)),
  ...{unpackedBytes: null, unpackedUnknownBecause: 'far'},
  stages: [stage('base', true, 'a'), stage('builder', false, ''), stage('runtime', true, 'bc')],
};
const learned = [layer('0', 1000), layer('a', 100), layer('b', 20), layer('c', 3)];

test('stages and instructions get the sizes of their layers', () => {
  expect(withUnpacked(platform, {layers: learned, unknownBecause: null})).toMatchObject({
    ...{unpackedBytes: 1123, unpackedUnknownBecause: null},
    stages: [
      {addedUnpackedBytes: 100, totalUnpackedBytes: 1100, instructions: [{}, {unpackedBytes: 100}]},
      {addedUnpackedBytes: null, totalUnpackedBytes: null},
      {
        ...{addedUnpackedBytes: 23, totalUnpackedBytes: 1123},
        instructions: [{unpackedBytes: 0}, {unpackedBytes: 20}, {unpackedBytes: 3}],
      },
    ],
  });
});

test('what is still not known leaves only what holds it unknown', () => {
  const layers = learned.map((one) => (one.digest === digestOf('b') ? layer('b', null) : one));
  expect(withUnpacked({...platform}, {layers, unknownBecause: 'gone'})).toMatchObject({
    ...{unpackedBytes: null, unpackedUnknownBecause: 'gone'},
    stages: [{totalUnpackedBytes: 1100}, {}, {addedUnpackedBytes: null, totalUnpackedBytes: null}],
  });
  const unknown = {...platform, stages: null, stagesUnknownBecause: 'x'};
  expect(withUnpacked(unknown, {layers: learned, unknownBecause: null})).toMatchObject({
    ...{unpackedBytes: 1123, stages: null},
  });
});
