import {execFile} from 'node:child_process';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {expect, test} from 'vitest';

const main = join(import.meta.dirname, '../../../src/cli/main.ts');

/** Runs the command in a folder that is removed just before. */
async function runInGoneFolder(...args: readonly string[]) {
  const cwd = await mkdtemp(join(tmpdir(), 'bm-'));
  const script = 'rmdir "$PWD" && exec "$0" "$@"';
  return promisify(execFile)('sh', ['-c', script, process.execPath, main, ...args], {cwd}).then(
    ({stdout, stderr}) => ({code: 0, stdout, stderr}),
    (error: unknown) => error,
  );
}

test.each(['build', 'plan', 'list', 'validate'])(
  'a working folder that has gone is said by %s, once',
  async (command) => {
    expect(await runInGoneFolder(command)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `error: the folder that this shell is in does not exist any more
help: go to another one: cd FOLDER
`,
    });
  },
  20_000,
);

test('completion in a folder that has gone knows no target, and is silent', async () => {
  expect(await runInGoneFolder('__complete', '--', 'build', '')).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
}, 20_000);
