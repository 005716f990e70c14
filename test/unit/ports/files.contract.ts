import {afterEach, beforeEach, describe, expect, test} from 'vitest';

import type {Files} from '../../../src/ports/files.ts';

export interface FilesUnderTest {
  readonly files: Files;
  /** A folder of its own, which exists and is empty. */
  readonly root: string;
  readonly cleanUp?: () => Promise<void>;
}

/** What every `Files` must do; run on the real file system and on the fake alike. */
export function describeFiles(name: string, create: () => Promise<FilesUnderTest>): void {
  describe(`files: ${name}`, () => {
    let subject: FilesUnderTest;
    const at = (path: string): string => `${subject.root}/${path}`;
    beforeEach(async () => {
      subject = await create();
    });
    afterEach(async () => {
      await subject.cleanUp?.();
    });

    test('a missing file is undefined, not an error', async () => {
      expect(await subject.files.readText(at('none'))).toBeUndefined();
      expect(await subject.files.readBytes(at('none'))).toBeUndefined();
      expect(await subject.files.readBytes(at('none'), 10)).toBeUndefined();
      expect(await subject.files.kind(at('none'))).toBe('missing');
    });

    test('what stands below a file is missing', async () => {
      await subject.files.writeAtomic(at('file'), 'text');
      expect(await subject.files.readText(at('file/below'))).toBeUndefined();
      expect(await subject.files.kind(at('file/below'))).toBe('missing');
    });

    test('reading a folder as a file is an error', async () => {
      await subject.files.writeAtomic(at('folder/file'), 'text');
      await expect(subject.files.readText(at('folder'))).rejects.toThrow('EISDIR');
    });

    test('what cannot be looked at is of a kind of its own', async () => {
      expect(await subject.files.kind(at('no\0path'))).toBe('unreachable');
    });

    test('writing makes folders and replaces what was there', async () => {
      await subject.files.writeAtomic(at('a/b/file'), 'first');
      await subject.files.writeAtomic(at('a/b/file'), 'zweite, längere Fassung');
      expect(await subject.files.readText(at('a/b/file'))).toBe('zweite, längere Fassung');
      expect(await subject.files.list(at('a/b'))).toEqual(['file']);
    });

    test('appending makes folders and the file, then adds to it', async () => {
      await subject.files.append(at('logs/one.log'), 'a\n');
      await subject.files.append(at('logs/one.log'), 'b\n');
      expect(await subject.files.readText(at('logs/one.log'))).toBe('a\nb\n');
    });

    test('at most `limit` bytes are read', async () => {
      await subject.files.writeAtomic(at('file'), 'abcdef');
      const read = async (limit?: number): Promise<string> =>
        new TextDecoder().decode(await subject.files.readBytes(at('file'), limit));
      expect(await read(3)).toBe('abc');
      expect(await read(100)).toBe('abcdef');
      expect(await read()).toBe('abcdef');
    });

    test('a list is sorted, names files and folders, and is empty for a missing folder', async () => {
      await subject.files.writeAtomic(at('list/b'), '');
      await subject.files.writeAtomic(at('list/a/deep'), '');
      await subject.files.writeAtomic(at('list/C'), '');
      expect(await subject.files.list(at('list'))).toEqual(['C', 'a', 'b']);
      expect(await subject.files.list(at('none'))).toEqual([]);
    });

    test('kinds of paths', async () => {
      await subject.files.writeAtomic(at('folder/file'), '');
      expect(await subject.files.kind(at('folder/file'))).toBe('file');
      expect(await subject.files.kind(at('folder'))).toBe('folder');
    });

    test('removing takes a file, or a folder with all in it, and nothing is no error', async () => {
      await subject.files.writeAtomic(at('folder/one'), '');
      await subject.files.writeAtomic(at('folder/two/three'), '');
      await subject.files.writeAtomic(at('folder-beside'), '');
      await subject.files.remove(at('folder/one'));
      expect(await subject.files.list(at('folder'))).toEqual(['two']);
      await subject.files.remove(at('folder'));
      await subject.files.remove(at('folder'));
      expect(await subject.files.kind(at('folder'))).toBe('missing');
      expect(await subject.files.kind(at('folder-beside'))).toBe('file');
    });

    test('of many that create one file at once, one succeeds and its text stays', async () => {
      const texts = Array.from({length: 20}, (_, index) => `text ${index}`);
      const created = await Promise.all(
        texts.map((text) => subject.files.createExclusive(at('locks/one.lock'), text)),
      );
      expect(created.filter(Boolean)).toHaveLength(1);
      expect(await subject.files.readText(at('locks/one.lock'))).toBe(texts[created.indexOf(true)]);
    });

    test('a file that was removed can be created again', async () => {
      expect(await subject.files.createExclusive(at('lock'), '1')).toBe(true);
      await subject.files.remove(at('lock'));
      expect(await subject.files.createExclusive(at('lock'), '2')).toBe(true);
    });

    test('a file cannot become the folder of another', async () => {
      await subject.files.writeAtomic(at('file'), '');
      await expect(subject.files.writeAtomic(at('file/below'), '')).rejects.toThrow();
      await expect(subject.files.append(at('file/below'), '')).rejects.toThrow();
    });
  });
}
