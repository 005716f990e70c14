import {expect, test} from 'vitest';

import {takeReleaseLock} from '../../../src/release/release-lock.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeHost} from '../../fakes/fake-host.ts';

const path = '.build-matrix/work/release.lock';
const lockOf = (identity: string): string =>
  JSON.stringify({pid: 7, host: 'laptop', identity, runId: 'release-1.4.1'});

test('a release holds its checkout until it has ended', async () => {
  const files = createFakeFiles({[path]: lockOf('other')});
  const host = createFakeHost({7: 'other', 100: 'self'});
  expect(await takeReleaseLock('1.4.2', {files, host})).toEqual({
    ok: false,
    error: {
      reason: 'release-refused',
      version: '1.4.2',
      problems: [
        {
          message:
            'a release is under way in this checkout, by process 7 on laptop (run release-1.4.1)',
          remedy: `wait until it has ended; if no such process is left, delete ${path}`,
        },
      ],
    },
  });
  expect(files.texts.get(path)).toBe(lockOf('other'));
});

test('the lock of one that was killed is taken over, and given back', async () => {
  const files = createFakeFiles({[path]: lockOf('before the restart')});
  const lock = await takeReleaseLock('1.4.2', {
    files,
    host: createFakeHost({7: 'other', 100: 'self'}),
  });
  expect(files.texts.get(path)).toContain('release-1.4.2');
  await (lock.ok && lock.value());
  expect(files.texts.size).toBe(0);
});
