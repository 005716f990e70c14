import {expect, test} from 'vitest';

import {createRecordStore} from '../../../src/records/record-store.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {sampleRecord} from './sample-record.ts';

const point = {
  schema: 1,
  at: '2026-01-02T03:05:00.000Z',
  runId: '20260102-030405-678-1f9a3c',
  version: '1.2.3',
  commit: 'c'.repeat(40),
  dirty: true,
  target: 'face-service/cuda-12.6',
  platform: 'linux/amd64',
  digest: `sha256:${'b'.repeat(64)}`,
  compressed: 1000,
};

test('what was built is appended, a line for each image, and read again', async () => {
  const files = createFakeFiles();
  const store = createRecordStore(files);
  expect(await store.sizeLog()).toEqual({ok: true, value: {points: [], unreadable: 0}});
  await store.remember(sampleRecord);
  await store.remember({...sampleRecord, runId: 'later'});
  expect(files.texts.get('.build-matrix/sizes.jsonl')?.split('\n')).toHaveLength(3);
  expect(await store.sizeLog()).toMatchObject({
    ok: true,
    value: {points: [point, {...point, runId: 'later'}], unreadable: 0},
  });
});

test('a run that built nothing leaves no line', async () => {
  const files = createFakeFiles();
  await createRecordStore(files).remember({...sampleRecord, targets: []});
  expect(files.texts.size).toBe(0);
});

test('lines that were cut short, edited or are of a later version hide no others', async () => {
  const lines = [
    '{"schema":1,"at"',
    JSON.stringify({...point, unpacked: -1}),
    JSON.stringify({...point, unpacked: 5, schema: 2}),
    'null',
    JSON.stringify({...point, unpacked: null}),
  ];
  const files = createFakeFiles({'.build-matrix/sizes.jsonl': lines.join('\n')});
  expect(await createRecordStore(files).sizeLog()).toEqual({
    ok: true,
    value: {points: [{...point, tag: null, unpacked: null}], unreadable: 4},
  });
});

test('a log that cannot be written is a failure that names it', async () => {
  const files = createFakeFiles();
  files.fail('append', '.build-matrix/sizes.jsonl', 'ENOSPC: no space left on device');
  expect(await createRecordStore(files).remember(sampleRecord)).toEqual({
    ok: false,
    error: {
      reason: 'file-unusable',
      path: '.build-matrix/sizes.jsonl',
      message: 'ENOSPC: no space left on device',
    },
  });
});
