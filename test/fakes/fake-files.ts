import {Readable} from 'node:stream';

import type {Files} from '../../src/ports/files.ts';

/** A file system in memory. */
export interface FakeFiles extends Files {
  /** Text of every file, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Makes the file with this content, as another program would. */
  put(path: string, content: string | Uint8Array): void;
  /** From now on every call of `method` for a path that begins with `prefix` rejects. */
  fail(method: FileMethod, prefix: string, message: string): void;
}

export type FileMethod = keyof Files;

export function createFakeFiles(initial: Readonly<Record<string, string>> = {}): FakeFiles {
  const contents = new Map<string, Uint8Array>();
  const troubles: {method: FileMethod; prefix: string; message: string}[] = [];
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  const textOf = (path: string): string | undefined => {
    const bytes = contents.get(path);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  };
  const isFolder = (path: string): boolean =>
    path === '.' || [...contents.keys()].some((name) => name.startsWith(`${path}/`));

  /** Every method goes through here: normalises the path, fails on demand, never answers at once. */
  const access = async <T>(
    method: FileMethod,
    path: string,
    work: (path: string) => T,
  ): Promise<T> => {
    const normal = normalise(path);
    if (normal.includes('\0')) throw new Error('the path has a null byte');
    const trouble = troubles.find(
      (known) => known.method === method && normal.startsWith(known.prefix),
    );
    if (trouble !== undefined) throw new Error(trouble.message);
    const value = work(normal);
    await Promise.resolve();
    return value;
  };
  const put = (path: string, content: string | Uint8Array): void => {
    const normal = normalise(path);
    if (isFolder(normal)) throw new Error(`EISDIR: illegal operation on a directory, '${normal}'`);
    for (let folder = parentOf(normal); folder !== '.'; folder = parentOf(folder)) {
      if (contents.has(folder)) throw new Error(`ENOTDIR: not a directory, '${normal}'`);
    }
    contents.set(normal, typeof content === 'string' ? encoder.encode(content) : content);
  };
  for (const [path, text] of Object.entries(initial)) put(path, text);

  return {
    get texts() {
      return new Map([...contents.keys()].map((path) => [path, textOf(path) ?? '']));
    },
    put,
    fail(method, prefix, message) {
      troubles.push({method, prefix, message});
    },
    readText: (path) =>
      access('readText', path, (name) => {
        refuseFolder(name, isFolder);
        return textOf(name);
      }),
    readBytes: (path, limit) =>
      access('readBytes', path, (name) => {
        refuseFolder(name, isFolder);
        return contents.get(name)?.slice(0, limit);
      }),
    readStream: (path) =>
      access('readStream', path, (name) => {
        refuseFolder(name, isFolder);
        const bytes = contents.get(name);
        return bytes === undefined ? undefined : Readable.from([bytes]);
      }),
    writeAtomic: (path, text) =>
      access('writeAtomic', path, (name) => {
        put(name, text);
      }),
    link: async (from, to) => {
      const bytes = await access('readBytes', from, (name) => contents.get(name));
      if (bytes === undefined) throw new Error(`ENOENT: no such file, link '${from}'`);
      await access('link', to, (name) => {
        if (!contents.has(name)) put(name, bytes);
      });
    },
    append: (path, text) =>
      access('append', path, (name) => {
        put(name, (textOf(name) ?? '') + text);
      }),
    list: (path) =>
      access('list', path, (name) => {
        const prefix = name === '.' ? '' : `${name}/`;
        const below = [...contents.keys()].filter((known) => known.startsWith(prefix));
        const names = below.map((known) => known.slice(prefix.length).split('/')[0] ?? '');
        return [...new Set(names)].toSorted();
      }),
    kind: (path) =>
      access('kind', path, (name) =>
        contents.has(name) ? 'file' : isFolder(name) ? 'folder' : 'missing',
      ).catch(() => 'unreachable'),
    remove: (path) =>
      access('remove', path, (name) => {
        for (const known of [...contents.keys()]) {
          if (known === name || known.startsWith(`${name}/`)) contents.delete(known);
        }
      }),
    createExclusive: (path, text) =>
      access('createExclusive', path, (name) => {
        if (contents.has(name)) return false;
        put(name, text);
        return true;
      }),
  };
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/').slice(path.startsWith('/') ? 1 : 0)) {
    if (part === '..' && parts.length > 0) parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  const joined = parts.join('/');
  if (path.startsWith('/')) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '.' : path.slice(0, slash);
}

function refuseFolder(path: string, isFolder: (path: string) => boolean): void {
  if (isFolder(path)) throw new Error(`EISDIR: illegal operation on a directory, read '${path}'`);
}
