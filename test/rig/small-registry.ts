import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {startOwnRegistry, type OwnRegistry} from './own-registry.ts';

const run = promisify(execFile);

/**
 * A registry with its storage on a file system of so many megabytes. Needs root, as the private engine
 * does.
 */
export async function startSmallRegistry(megabytes: number): Promise<OwnRegistry> {
  const storage = await mkdtemp(join(tmpdir(), 'bm-small-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', storage]);
  const unmount = async (): Promise<void> => {
    await run('umount', [storage]);
    await rm(storage, {recursive: true});
  };
  try {
    const registry = await startOwnRegistry({storage});
    return {host: registry.host, close: () => registry.close().then(unmount)};
  } catch (error) {
    await unmount();
    throw error;
  }
}
