import {execFileSync} from 'node:child_process';
import {mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {expect, test} from 'vitest';

import {nodeFiles} from '../../../src/adapters/node-files.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {describeFiles} from './files.contract.ts';

describeFiles('fake', () => Promise.resolve({files: createFakeFiles(), root: 'root'}));

test.each(['readText', 'readBytes'] as const)('%s refuses what may never end', async (read) => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  const pipe = join(root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(nodeFiles[read](pipe)).rejects.toThrow('it is no regular file');
  await expect(nodeFiles[read]('/dev/zero')).rejects.toThrow('it is no regular file');
  await rm(root, {recursive: true});
});

test('readBytes reads on until its limit or the end of the file', async () => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  const path = join(root, 'long');
  const bytes = Uint8Array.from({length: 40_000}, (_, at) => at % 251);
  await writeFile(path, bytes);
  for (const limit of [0, 1, 16_384, 16_385, 39_999, 40_000, 1_000_000]) {
    expect(
      Buffer.compare(
        (await nodeFiles.readBytes(path, limit)) ?? Buffer.from('none'),
        bytes.subarray(0, limit),
      ),
    ).toBe(0);
  }
  await rm(root, {recursive: true});
});

test('where the working folder was deleted nothing is written, and nothing waits for ever', async () => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  const adapter = new URL('../../../src/adapters/node-files.ts', import.meta.url).href;
  const program = `
    const {nodeFiles} = await import(${JSON.stringify(adapter)});
    (await import('node:fs')).rmdirSync(process.cwd());
    for (const write of ['append', 'writeAtomic', 'createExclusive'])
      await nodeFiles[write]('a/b/c', 'x').then(() => process.exit(1), ({code}) => console.log(code));`;
  const args = ['--input-type=module', '--eval', program];
  const said = execFileSync(process.execPath, args, {cwd: root, encoding: 'utf8', timeout: 20_000});
  expect(said).toBe('ENOENT\nENOENT\nENOENT\n');
});

test('a loop of links cannot be looked at', async () => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  await symlink('loop', join(root, 'loop'));
  expect(await nodeFiles.kind(join(root, 'loop'))).toBe('unreachable');
  await rm(root, {recursive: true});
});

describeFiles('node', async () => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  return {files: nodeFiles, root, cleanUp: () => rm(root, {recursive: true})};
});
