import {describe, expect, test} from 'vitest';

import type {Host} from '../../../src/ports/host.ts';
import {takeTargetLocks} from '../../../src/records/target-locks.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeHost} from '../../fakes/fake-host.ts';

const lockFile = '.build-matrix/work/face-service/cpu.lock';
const take = (files: FakeFiles, host: Host, runId = 'run-1', targets = ['face-service/cpu']) =>
  takeTargetLocks({files, host, runId, targets});
const lockOf = (pid: number, identity: string, host = 'laptop'): string =>
  JSON.stringify({pid, host, identity, runId: 'run-0'});

const busyBecause = (message: string, file = lockFile) => ({
  ok: false,
  error: {
    reason: 'engine-unusable',
    problem: 'state-busy',
    message,
    remedy: `Wait until it has ended. If no such run is left, delete ${file} and try again.`,
  },
});
const busyWithRun0 = busyBecause(
  'face-service/cpu is being built by process 7 on laptop (run run-0)',
);

test('a lock is there while it is held and gone when it is released', async () => {
  const files = createFakeFiles();
  const locks = await take(files, createFakeHost());
  expect(files.texts.get(lockFile)).toBe(
    '{"pid":100,"host":"laptop","identity":"self","runId":"run-1"}\n',
  );
  await (locks.ok && locks.value.release());
  expect(files.texts.size).toBe(0);
});

test('a target that another process builds is busy', async () => {
  const files = createFakeFiles({[lockFile]: lockOf(7, 'other')});
  expect(await take(files, createFakeHost({7: 'other', 100: 'self'}))).toEqual(busyWithRun0);
  expect(files.texts.get(lockFile)).toBe(lockOf(7, 'other'));
});

test('two runs within one process exclude each other too', async () => {
  const files = createFakeFiles();
  await take(files, createFakeHost());
  expect(await take(files, createFakeHost(), 'run-2')).toEqual(
    busyBecause('face-service/cpu is being built by process 100 on laptop (run run-1)'),
  );
});

test('all locks or none: those taken before a busy one are given back', async () => {
  const files = createFakeFiles({[lockFile]: lockOf(7, 'other')});
  const host = createFakeHost({7: 'other', 100: 'self'});
  const result = await take(files, host, 'run-1', ['face-service/base', 'face-service/cpu']);
  expect(result).toEqual(busyWithRun0);
  expect([...files.texts.keys()]).toEqual([lockFile]);
});

describe('a lock whose holder has ended is taken over', () => {
  test.each([
    ['no process has its id', {100: 'self'}],
    ['a later process has its id', {7: 'later', 100: 'self'}],
  ])('%s', async (_, processes) => {
    const files = createFakeFiles({[lockFile]: lockOf(7, 'other')});
    const locks = await take(files, createFakeHost(processes));
    expect(locks.ok).toBe(true);
    expect(files.texts.get(lockFile)).toContain('"pid":100');
    expect([...files.texts.keys()]).toEqual([lockFile]);
  });

  test('this very process has its id, as in a container that was started again', async () => {
    const files = createFakeFiles({[lockFile]: lockOf(100, 'before')});
    expect((await take(files, createFakeHost())).ok).toBe(true);
  });

  test('by one of many that see it', async () => {
    const files = createFakeFiles({[lockFile]: lockOf(7, 'other')});
    const results = await Promise.all(
      Array.from({length: 10}, (_, index) => take(files, createFakeHost(), `run-${index}`)),
    );
    expect(results.filter(({ok}) => ok)).toHaveLength(1);
  });
});

test('a lock of another machine is never taken over', async () => {
  const files = createFakeFiles({[lockFile]: lockOf(7, 'other', 'server')});
  expect(await take(files, createFakeHost())).toEqual(
    busyBecause('face-service/cpu is being built by process 7 on server (run run-0)'),
  );
});

test.each(['', 'garbage', '{"pid": -1}', '[]'])(
  'a lock that tells nothing is busy: %j',
  async (text) => {
    const files = createFakeFiles({[lockFile]: text});
    expect(await take(files, createFakeHost())).toEqual(
      busyBecause('face-service/cpu is being built by another run'),
    );
  },
);

test('a folder that cannot be written is named', async () => {
  const files = createFakeFiles();
  files.fail('createExclusive', '.build-matrix', 'EROFS: read-only file system');
  expect(await take(files, createFakeHost())).toEqual({
    ok: false,
    error: {
      reason: 'file-unusable',
      path: lockFile,
      message: 'EROFS: read-only file system',
    },
  });
});

test('a lock that was given back in between is taken', async () => {
  const files = createFakeFiles({[lockFile]: lockOf(7, 'other')});
  const host = createFakeHost({7: 'other', 100: 'self'});
  const locks = await takeTargetLocks({
    files: {
      ...files,
      readText: async (path) => {
        await files.remove(path);
        return files.readText(path);
      },
    },
    host,
    runId: 'run-1',
    targets: ['face-service/cpu'],
  });
  expect(locks.ok).toBe(true);
});
