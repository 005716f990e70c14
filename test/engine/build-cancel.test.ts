import {randomInt} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {afterEach, beforeEach, expect, test} from 'vitest';

import {latestRecord} from '../rig/latest-record.ts';
import {processesOf} from '../rig/processes-of.ts';

const command = join(import.meta.dirname, '../../bin/build-matrix.js');
let folder: string;
/** A number of seconds that no other process on this machine sleeps for. */
let seconds: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bm-'));
  seconds = randomInt(100_000, 1_000_000);
  await writeFile(join(folder, 'Dockerfile'), `FROM busybox:1.36\nRUN sleep ${seconds}\n`);
  await writeFile(
    join(folder, 'matrix.yml'),
    'version: 1\nimages: {app: {targets: {one: {platforms: [linux/amd64, linux/arm64]}, two: {platforms: [linux/amd64]}}}}\n',
  );
});
afterEach(async () => {
  await rm(folder, {recursive: true, force: true});
});

test('Ctrl-C ends docker, buildx and the steps on the builder, and leaves a record', async () => {
  const child = spawn(process.execPath, [command, 'build', '--no-cache', '--progress', 'json'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started: unknown[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.startsWith('{'))) {
      const event = JSON.parse(line) as {type: string; name?: string};
      if (event.type === 'step-started' && event.name === `RUN sleep ${seconds}`)
        started.push(event);
    }
  });
  // Two platforms of `one`, and `two`.
  await expect.poll(() => started, {timeout: 60_000}).toHaveLength(3);
  const ours = (): Promise<readonly string[]> => processesOf(({cwd}) => cwd === folder);
  expect((await ours()).filter((line) => line.includes(' --progress=rawjson '))).not.toEqual([]);

  const stoppedAt = performance.now();
  child.kill('SIGINT');
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  const tookMs = performance.now() - stoppedAt;
  expect(await ours()).toEqual([]);
  expect(exitCode).toBe(130);
  expect(tookMs).toBeLessThan(1500);
  // BuildKit ends the steps on its own; on a builder elsewhere they cannot be seen from here.
  await expect
    .poll(() => processesOf((process) => process.command.includes(`sleep ${seconds}`)), {
      timeout: 10_000,
    })
    .toEqual([]);

  expect(await latestRecord(folder)).toMatchObject({
    outcome: 'interrupted',
    targets: [{outcome: 'aborted'}, {outcome: 'aborted'}],
  });
});
