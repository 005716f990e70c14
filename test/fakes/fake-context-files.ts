import {createHash} from 'node:crypto';

import type {ContextFiles, EntryFacts} from '../../src/ports/context-files.ts';
import type {FakeFiles} from './fake-files.ts';

/** Build contexts over a file system in memory, with what that does not know. */
export interface FakeContextFiles extends ContextFiles {
  /** Default 0o644 for files, 0o755 for folders. */
  setMode(path: string, mode: number): void;
  putLink(path: string, target: string): void;
  /** A folder with nothing in it. */
  putFolder(path: string): void;
  putPipe(path: string): void;
  /** As when it is written again with the same content. */
  touch(path: string): void;
  /** Paths whose content was read, in order. */
  readonly hashed: readonly string[];
}

export function createFakeContextFiles(files: FakeFiles): FakeContextFiles {
  const modes = new Map<string, number>();
  const links = new Map<string, string>();
  const folders = new Set<string>();
  const pipes = new Set<string>();
  const touches = new Map<string, number>();
  const hashed: string[] = [];

  const contentOf = (path: string): string | undefined => links.get(path) ?? files.texts.get(path);
  const all = (): readonly string[] => [
    ...files.texts.keys(),
    ...links.keys(),
    ...pipes,
    ...folders,
  ];
  const kindOf = (path: string): EntryFacts['kind'] => {
    if (links.has(path)) return 'link';
    if (pipes.has(path)) return 'other';
    if (files.texts.has(path)) return 'file';
    const isFolder = folders.has(path) || all().some((one) => one.startsWith(`${path}/`));
    if (!isFolder) throw new Error(`ENOENT: no such file or directory, '${path}'`);
    return 'folder';
  };
  return {
    hashed,
    setMode: (path, mode) => void modes.set(path, mode),
    putLink: (path, target) => void links.set(path, target),
    putFolder: (path) => void folders.add(path),
    putPipe: (path) => void pipes.add(path),
    touch: (path) => void touches.set(path, (touches.get(path) ?? 0) + 1),
    async entries(folder) {
      await Promise.resolve();
      const prefix = folder === '.' ? '' : `${folder}/`;
      const below = all().filter((path) => path.startsWith(prefix));
      const names = new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''));
      return [...names].map((name) => ({name, kind: kindOf(`${prefix}${name}`)}));
    },
    async facts(path) {
      await Promise.resolve();
      const kind = kindOf(path);
      const mode = modes.get(path) ?? (kind === 'folder' ? 0o755 : 0o644);
      const stamp = JSON.stringify([kind, mode, contentOf(path) ?? '', touches.get(path) ?? 0]);
      return {kind, mode, stamp};
    },
    async linkTarget(path) {
      await Promise.resolve();
      const target = links.get(path);
      if (target === undefined) throw new Error(`EINVAL: invalid argument, readlink '${path}'`);
      return target;
    },
    async contentHash(path) {
      await Promise.resolve();
      hashed.push(path);
      const text = files.texts.get(path);
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return createHash('sha256').update(text).digest('hex');
    },
  };
}
