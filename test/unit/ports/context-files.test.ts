import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';

import {createContextFiles} from '../../../src/adapters/node-context-files.ts';
import type {ContextFiles} from '../../../src/ports/context-files.ts';
import {createFakeContextFiles} from '../../fakes/fake-context-files.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';

interface Rig {
  readonly files: ContextFiles;
  readonly root: string;
  write(path: string, text: string): void;
  setMode(path: string, mode: number): void;
  link(path: string, target: string): void;
  folder(path: string): void;
  pipe(path: string): void;
  close(): void;
}

function realRig(): Rig {
  const root = mkdtempSync(join(tmpdir(), 'context-'));
  return {
    files: createContextFiles(),
    root,
    write: (path, text) => {
      writeFileSync(join(root, path), text);
    },
    setMode: (path, mode) => {
      chmodSync(join(root, path), mode);
    },
    link: (path, target) => {
      symlinkSync(target, join(root, path));
    },
    folder: (path) => {
      mkdirSync(join(root, path));
      chmodSync(join(root, path), 0o755);
    },
    pipe: (path) => {
      execFileSync('mkfifo', [join(root, path)]);
    },
    close: () => {
      rmSync(root, {recursive: true});
    },
  };
}

function fakeRig(): Rig {
  const memory = createFakeFiles();
  const files = createFakeContextFiles(memory);
  return {
    files,
    root: 'root',
    write: (path, text) => {
      memory.put(`root/${path}`, text);
      files.touch(`root/${path}`);
    },
    setMode: (path, mode) => {
      files.setMode(`root/${path}`, mode);
    },
    link: (path, target) => {
      files.putLink(`root/${path}`, target);
    },
    folder: (path) => {
      files.putFolder(`root/${path}`);
    },
    pipe: (path) => {
      files.putPipe(`root/${path}`);
    },
    close: () => undefined,
  };
}

describe.each([
  {name: 'this machine', open: realRig},
  {name: 'the fake', open: fakeRig},
])('build contexts on $name', ({open}) => {
  let rig: Rig;
  beforeEach(() => {
    rig = open();
  });
  afterEach(() => {
    rig.close();
  });
  const at = (path: string): string => `${rig.root}/${path}`;

  test('tell names and kinds, links not followed', async () => {
    rig.write('file', 'text');
    rig.folder('folder');
    rig.link('link', 'folder');
    rig.pipe('pipe');
    const entries = await rig.files.entries(rig.root);
    expect(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {name: 'file', kind: 'file'},
      {name: 'folder', kind: 'folder'},
      {name: 'link', kind: 'link'},
      {name: 'pipe', kind: 'other'},
    ]);
    expect(await rig.files.linkTarget(at('link'))).toBe('folder');
    expect((await rig.files.facts(at('link'))).kind).toBe('link');
  });

  test('tell permissions, and what a file holds', async () => {
    rig.write('file', 'text');
    rig.setMode('file', 0o4751);
    const facts = await rig.files.facts(at('file'));
    expect(facts).toMatchObject({kind: 'file', mode: 0o4751});
    expect(await rig.files.contentHash(at('file'), facts)).toBe(
      '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
    );
  });

  test('stamp what was written, and leave the stamp of what was not', async () => {
    rig.write('file', 'text');
    const first = await rig.files.facts(at('file'));
    expect(await rig.files.facts(at('file'))).toEqual(first);
    // The clock of a file system may stand still for some milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 20));
    rig.write('file', 'text');
    expect((await rig.files.facts(at('file'))).stamp).not.toBe(first.stamp);
  });

  test('reject what is not there', async () => {
    await expect(rig.files.facts(at('nothing'))).rejects.toThrow('ENOENT');
    await expect(
      rig.files.contentHash(at('nothing'), {kind: 'file', mode: 0, stamp: ''}),
    ).rejects.toThrow('ENOENT');
  });
});

test('a large file is read in pieces', async () => {
  const rig = realRig();
  try {
    rig.write('large', 'x'.repeat(3_000_000));
    const path = `${rig.root}/large`;
    const facts = await rig.files.facts(path);
    expect(await rig.files.contentHash(path, facts)).toBe(
      execFileSync('sha256sum', [path], {encoding: 'utf8'}).slice(0, 64),
    );
  } finally {
    rig.close();
  }
});
