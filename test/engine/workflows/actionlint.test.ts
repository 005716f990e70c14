import {execFile} from 'node:child_process';
import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {expect, test} from 'vitest';

import {goTool} from '../../../tools/engine/go-tools.ts';

const root = join(import.meta.dirname, '../../..');

/** What actionlint says of the workflows of a folder; without shellcheck, which is not everywhere. */
async function lint(folder: string): Promise<string> {
  const args = ['-no-color', '-shellcheck=', '-pyflakes='];
  return promisify(execFile)(await goTool('actionlint'), args, {cwd: folder}).then(
    ({stdout}) => stdout,
    (error: unknown) => (error as {readonly stdout: string}).stdout,
  );
}

test('actionlint has nothing against the workflows', {timeout: 600_000}, async () => {
  expect(await lint(root)).toBe('');
});

test('and would find what is wrong', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bm-'));
  try {
    await promisify(execFile)('git', ['init', '--quiet', folder]);
    await mkdir(join(folder, '.github/workflows'), {recursive: true});
    const text =
      'on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: "${{ nothing }}"}]}}\n';
    await writeFile(join(folder, '.github/workflows/a.yml'), text);
    expect(await lint(folder)).toContain('undefined variable "nothing"');
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
});
