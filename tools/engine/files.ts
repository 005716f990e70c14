import {randomBytes} from 'node:crypto';
import {lstat, mkdir, readFile, readlink, rename, symlink, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {systemCode} from './errors.ts';

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** The text of a file, undefined when there is none. */
export async function readIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESRCH'].includes(systemCode(error) ?? '')) {
      return undefined;
    }
    throw error;
  }
}

/** Replaces a file as a whole: a reader sees the old text or the new one, also after a crash. */
export async function writeAtomic(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  const temporary = besideOf(path);
  await writeFile(temporary, text, {mode});
  await rename(temporary, path);
}

/** Points a symbolic link at `to`, whatever was there before. */
export async function link(path: string, to: string): Promise<void> {
  const current = await readlink(path).catch(() => undefined);
  if (current === to) {
    return;
  }
  await mkdir(dirname(path), {recursive: true});
  const temporary = besideOf(path);
  await symlink(to, temporary);
  await rename(temporary, path);
}

function besideOf(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}
