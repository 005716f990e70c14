import {constants, type Stats} from 'node:fs';
import {
  appendFile,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Files, PathKind} from '../ports/files.ts';

/** The file system of this machine. */
export const nodeFiles: Files = {
  async readText(path) {
    return withRegularFile(path, (file) => file.readFile('utf8'));
  },

  async readBytes(path, limit) {
    return withRegularFile(path, (file) =>
      limit === undefined ? file.readFile() : readStart(file, limit),
    );
  },

  async readStream(path) {
    // Opened first, so that a file that is missing is known before the first piece.
    const file = await unlessMissing(
      open(path, constants.O_RDONLY | constants.O_NONBLOCK),
      undefined,
    );
    return file?.createReadStream({highWaterMark: 256 * 1024});
  },

  async writeAtomic(path, text) {
    // It loads worker threads, which a command that writes nothing need not wait for.
    const {default: writeFileAtomic} = await import('write-file-atomic');
    await inFolder(path, () => writeFileAtomic(path, text));
  },

  async link(from, to) {
    await inFolder(to, () => link(from, to)).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return;
      return copyFile(from, to);
    });
  },

  async append(path, text) {
    await inFolder(path, () => appendFile(path, text));
  },

  async list(path) {
    const names = await unlessMissing(readdir(path), []);
    return names.sort();
  },

  async kind(path) {
    const found: Stats | PathKind = await unlessMissing(stat(path), 'missing' as const).catch(
      () => 'unreachable',
    );
    if (typeof found === 'string') return found;
    if (found.isFile()) return 'file';
    return found.isDirectory() ? 'folder' : 'other';
  },

  async remove(path) {
    await rm(path, {recursive: true, force: true});
  },

  async createExclusive(path, text) {
    const file = await inFolder(path, () => open(path, 'wx')).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST') return undefined;
      throw error;
    });
    if (file === undefined) return false;
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  },
};

/** Opens without waiting, since a pipe makes its reader wait for somebody who writes. */
async function withRegularFile<T>(
  path: string,
  read: (file: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await unlessMissing(open(path, flags), undefined);
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    // Reading a folder fails by itself, in the words of the system.
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is no regular file');
    return await read(file);
  } finally {
    await file.close();
  }
}

/** In pieces, since a limit is mostly far more than there is, and what is kept would hold all of it. */
async function readStart(file: FileHandle, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let left = limit; left > 0;) {
    const {buffer, bytesRead} = await file.read({buffer: new Uint8Array(Math.min(left, 16_384))});
    if (bytesRead === 0) break;
    pieces.push(buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return Buffer.concat(pieces);
}

/** Tries first and makes the folder only when it is missing: nearly always it is there. */
async function inFolder<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    return write();
  }
}

/**
 * As `mkdir` does with `recursive`, which never comes back where the working folder itself was deleted
 * (seen with Node 24.21).
 */
async function makeFolder(path: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path || parent === '.') throw error;
    await makeFolder(parent);
    await make();
  }
}

/** `missing` when there is no such path; a file in the place of a parent folder counts as that too. */
async function unlessMissing<T, M>(reading: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await reading;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return missing;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
