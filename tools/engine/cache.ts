import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {Reporter} from './console.ts';
import {exists} from './files.ts';
import {withLock} from './lock.ts';
import {unmountBelow} from './sweep.ts';

/**
 * Makes `target` in the shared cache by `build`, unless it is there. `build` works under the name it
 * is given, which is renamed at the end: a build that fails or dies leaves no `target`, and what it
 * left is removed by the next one. Of several clones that want it at once, one builds, the others wait.
 */
export async function cached(
  target: string,
  report: Reporter,
  build: (temporary: string) => Promise<void>,
): Promise<void> {
  if (await exists(target)) {
    return;
  }
  const folder = dirname(target);
  const name = basename(target);
  await mkdir(folder, {recursive: true});
  await withLock(join(folder, 'locks', name), report, async () => {
    if (await exists(target)) {
      return;
    }
    for (const leftover of await readdir(folder)) {
      if (leftover.startsWith(`${name}.making`)) {
        // A killed build may have left mounts, and what is mounted there must not be removed.
        await unmountBelow([join(folder, leftover)]);
        await rm(join(folder, leftover), {recursive: true, force: true});
      }
    }
    const temporary = `${target}.making`;
    await build(temporary);
    await rename(temporary, target);
  });
}
