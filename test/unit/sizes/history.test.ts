import {expect, test} from 'vitest';

import type {BuildRecord} from '../../../src/records/build-record.ts';
import {createRecordStore} from '../../../src/records/record-store.ts';
import {sizePointsOf} from '../../../src/records/size-log.ts';
import {formatHistory} from '../../../src/render/history-text.ts';
import {readHistory, trendsOf} from '../../../src/sizes/history.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {digestOf, sampleRecord} from '../records/sample-record.ts';
import {plainStyle} from '../render/sample-run.ts';

/** A run on that day of January that made an image of this size. */
function run(day: number, compressedBytes: number, letter: string, version = '1.2.3'): BuildRecord {
  const targets = sampleRecord.targets.slice(0, 1).map((target) => ({
    ...target,
    platforms: target.platforms.map((platform) => ({
      ...platform,
      compressedBytes,
      unpackedBytes: 3 * compressedBytes,
      layers: platform.layers.slice(0, 1).map((layer) => ({...layer, size: compressedBytes})),
      digest: digestOf(letter),
    })),
  }));
  const date = `2026-01-0${String(day)}`;
  const runId = `${date.replaceAll('-', '')}-030405-678-1f9a3c`;
  return {...sampleRecord, runId, version, targets, finishedAt: `${date}T03:05:00.000Z`};
}

test('the trend of each image, oldest first, whatever the order of the records', () => {
  expect(trendsOf([run(3, 2000, 'b'), run(1, 1000, 'a')].flatMap(sizePointsOf))).toMatchObject([
    {
      target: 'face-service/cuda-12.6',
      platform: 'linux/amd64',
      points: [
        {at: '2026-01-01T03:05:00.000Z', compressed: 1000, unpacked: 3000, digest: digestOf('a')},
        {at: '2026-01-03T03:05:00.000Z', compressed: 2000, unpacked: 6000, digest: digestOf('b')},
      ],
    },
  ]);
});

test('the log outlives the records, a run in both counts once, and what is unreadable is told', async () => {
  const files = createFakeFiles();
  const store = createRecordStore(files);
  for (const record of [run(1, 1000, 'a'), run(2, 1500, 'b')]) await store.remember(record);
  await store.begin(run(2, 1500, 'b'));
  await store.begin(run(3, 2000, 'c'));
  files.put('.build-matrix/runs/20260104-030405-678-1f9a3c/record.json', '{"schema": 9}');
  await files.append('.build-matrix/sizes.jsonl', '{"cut');
  const history = await readHistory(store);
  expect(history).toMatchObject({
    ok: true,
    value: {
      trends: [{points: [{compressed: 1000}, {compressed: 1500}, {compressed: 2000}]}],
      unknown: [
        '1 line of the log of sizes cannot be read',
        '.build-matrix/runs/20260104-030405-678-1f9a3c/record.json: written by a newer build-matrix (schema 9, this one reads 1): update build-matrix',
      ],
    },
  });
  expect(await readHistory(store, () => false)).toMatchObject({ok: true, value: {trends: []}});
});

test('the table: builds of one image are one line, each with its change', () => {
  const trends = trendsOf(
    [
      run(1, 1_000_000, 'a', '1.0.0'),
      run(2, 1_000_000, 'a', '1.0.1'),
      run(3, 3_500_000, 'b', '1.1.0'),
      run(4, 3_400_000, 'c', '1.2.0'),
    ].flatMap(sizePointsOf),
  );
  const text = formatHistory({schema: 1, trends, unknown: ['one line is lost']}, plainStyle());
  expect(text.split('\n')).toEqual([
    'face-service/cuda-12.6 linux/amd64',
    'BUILT (UTC)       VERSION  COMMIT    COMPRESSED   CHANGE  UNPACKED  DIGEST',
    '2026-01-01 03:05  1.0.0    ccccccc+      1.0 MB             3.0 MB  aaaaaaaaaaaa',
    '2026-01-03 03:05  1.1.0    ccccccc+      3.5 MB  +2.5 MB   10.5 MB  bbbbbbbbbbbb',
    '2026-01-04 03:05  1.2.0    ccccccc+      3.4 MB  -100 kB   10.2 MB  cccccccccccc',
    '',
    'one line is lost',
  ]);
  expect(formatHistory({schema: 1, trends: [], unknown: []}, plainStyle())).toBe(
    'No build with sizes is remembered here.',
  );
});

test('a platform that moved to another builder goes on in its trend', () => {
  const moved = run(2, 2000, 'b');
  const targets = moved.targets.map((target) => ({...target, id: `${target.id}@linux-amd64`}));
  const trends = trendsOf([run(1, 1000, 'a'), {...moved, targets}].flatMap(sizePointsOf));
  expect(trends).toMatchObject([{points: [{compressed: 1000}, {compressed: 2000}]}]);
});
