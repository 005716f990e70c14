import {describe, expect, test} from 'vitest';

import {formatRecord} from '../../../src/records/record-codec.ts';
import {createRecordStore, keptRuns} from '../../../src/records/record-store.ts';
import {newRunId} from '../../../src/records/run-id.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {sampleRecord} from './sample-record.ts';

const {runId} = sampleRecord;
const recordFile = `.build-matrix/runs/${runId}/record.json`;

test('the first state is on disk and named as the latest run', async () => {
  const files = createFakeFiles();
  const store = createRecordStore(files);
  expect(await store.latest()).toEqual({ok: true, value: null});
  expect(await store.begin(sampleRecord)).toEqual({ok: true, value: undefined});
  expect(Object.fromEntries(files.texts)).toEqual({
    [recordFile]: formatRecord(sampleRecord),
    '.build-matrix/runs/latest': `${runId}\n`,
  });
  expect(await store.latest()).toEqual({ok: true, value: runId});
  expect(await store.read(runId)).toEqual({ok: true, value: sampleRecord});
});

test('of states that come while one is written only the last is written, and all callers wait for it', async () => {
  const files = createFakeFiles();
  const written: string[] = [];
  const store = createRecordStore({
    ...files,
    writeAtomic: async (path, text) => {
      await files.writeAtomic(path, text);
      written.push((JSON.parse(text) as {version: string}).version);
    },
  });
  const save = (version: string): Promise<unknown> => store.save({...sampleRecord, version});
  const first = save('1');
  await Promise.resolve();
  const rest = [save('2'), save('3'), save('4')];
  await first;
  expect(written).toEqual(['1']);
  await Promise.all(rest);
  expect(written).toEqual(['1', '4']);
  await save('5');
  expect(written).toEqual(['1', '4', '5']);
});

test('a state that cannot be written is a failure that names the file, and the next one is tried', async () => {
  const files = createFakeFiles();
  let full = true;
  const store = createRecordStore({
    ...files,
    writeAtomic: (path, text) =>
      full
        ? Promise.reject(new Error('ENOSPC: no space left on device, write'))
        : files.writeAtomic(path, text),
  });
  expect(await store.save(sampleRecord)).toEqual({
    ok: false,
    error: {
      reason: 'file-unusable',
      path: recordFile,
      message: 'ENOSPC: no space left on device, write',
    },
  });
  full = false;
  expect(await store.save(sampleRecord)).toEqual({ok: true, value: undefined});
});

test('the oldest runs are removed with their logs, and nothing else is', async () => {
  const files = createFakeFiles();
  const ids = Array.from({length: keptRuns + 2}, (_, day) =>
    newRunId(Date.UTC(2025, 0, 1 + day), 'abc'),
  );
  for (const id of ids) {
    files.put(`.build-matrix/runs/${id}/record.json`, '{}');
    files.put(`.build-matrix/runs/${id}/logs/image/name.log`, '');
  }
  files.put('.build-matrix/runs/notes.txt', 'mine');
  const store = createRecordStore(files);
  await store.begin(sampleRecord);
  expect(await store.list()).toEqual({ok: true, value: [...ids.slice(3), runId]});
  expect(await files.kind(`.build-matrix/runs/${ids[2] ?? ''}`)).toBe('missing');
  expect(files.texts.get('.build-matrix/runs/notes.txt')).toBe('mine');
});

describe('what cannot be read', () => {
  test('a run that left no record', async () => {
    expect(await createRecordStore(createFakeFiles()).read(runId)).toEqual({
      ok: false,
      error: {
        reason: 'file-unusable',
        path: recordFile,
        message: 'there is no record of this run',
      },
    });
  });

  test('a pointer that was changed by hand points nowhere', async () => {
    const files = createFakeFiles({'.build-matrix/runs/latest': '../../etc\n'});
    expect(await createRecordStore(files).latest()).toEqual({ok: true, value: null});
  });
});
