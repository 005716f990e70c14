import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {ensureEngine} from '../../tools/engine/environment.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';

const run = promisify(execFile);

/** Kills the BuildKit of `bm-two` without a word, as a machine that loses power does. */
export async function killSecondNode(): Promise<void> {
  const file = join(enginePaths(REPOSITORY).run, 'buildkitd-2.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    process.kill((JSON.parse(text) as {pid: number}).pid, 'SIGKILL');
    return;
  }
  // On the machine's own docker the node is a container.
  const {stdout} = await run('docker', ['ps', '-q', '--filter', 'name=buildx_buildkit_bm-two']);
  await run('docker', ['kill', stdout.trim()]);
}

/** Brings it back. */
export async function reviveNodes(): Promise<void> {
  await ensureEngine();
}
