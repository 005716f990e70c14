import {createHash, hash} from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Dirent,
} from 'node:fs';
import {setImmediate as nextTurn} from 'node:timers/promises';

import type {ContextFiles, EntryFacts, FolderEntry} from '../ports/context-files.ts';

/** Files up to this size are read at once. */
const readAtOnce = 256 * 1024;

/** The process answers to signals and sockets at least this often. */
const longestTurnMs = 15;

/**
 * Build contexts on this machine. Small files are read by blocking calls, each of which takes some
 * microseconds: Node's other ones take ten times that, and contexts have thousands of files.
 */
export function createContextFiles(): ContextFiles {
  let turnEnds = performance.now() + longestTurnMs;
  const pause = async (): Promise<void> => {
    if (performance.now() < turnEnds) return;
    await nextTurn();
    turnEnds = performance.now() + longestTurnMs;
  };
  return {
    async entries(folder) {
      await pause();
      return readdirSync(folder, {withFileTypes: true}).map(entryOf);
    },
    async facts(path) {
      await pause();
      return factsOf(path);
    },
    async linkTarget(path) {
      await pause();
      return readlinkSync(path);
    },
    async contentHash(path) {
      await pause();
      const {size} = lstatSync(path);
      return size <= readAtOnce ? hashSmall(path) : hashStream(path);
    },
  };
}

const entryOf = (entry: Dirent): FolderEntry => ({name: entry.name, kind: kindOf(entry)});

function kindOf(
  entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>,
): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function factsOf(path: string): EntryFacts {
  const found = lstatSync(path, {bigint: true});
  const {dev, ino, size, mtimeNs, ctimeNs, mode} = found;
  return {
    kind: kindOf(found),
    mode: Number(mode & 0o7777n),
    stamp: [dev, ino, size, mtimeNs, ctimeNs, mode].map((value) => value.toString(36)).join('.'),
  };
}

/** Without waiting: a pipe may have taken the place of the file since it was listed. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

function hashSmall(path: string): string {
  const file = openSync(path, flags);
  try {
    return hash('sha256', readFileSync(file), 'hex');
  } finally {
    closeSync(file);
  }
}

async function hashStream(path: string): Promise<string> {
  const digest = createHash('sha256');
  const bytes = createReadStream(path, {
    flags: flags as unknown as string,
    highWaterMark: 1024 * 1024,
  });
  for await (const piece of bytes as AsyncIterable<Uint8Array>) digest.update(piece);
  return digest.digest('hex');
}
