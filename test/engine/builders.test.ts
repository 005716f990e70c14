import {execFile} from 'node:child_process';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, expect, test} from 'vitest';

import {realCommand, type RealCommand} from '../rig/real-command.ts';

const run = promisify(execFile);
const image =
  'images: {face: {targets: {cpu: {platforms: [linux/amd64, linux/arm64]}, app: {platforms: [linux/amd64, linux/arm64], contexts: {"busybox:1.36": "target:cpu"}}}}}';

let command: RealCommand;
beforeAll(async () => {
  command = await realCommand({
    Dockerfile: 'FROM busybox:1.36\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\n',
  });
});
afterAll(() => command.close());

const build = async (builders: string, args: readonly string[] = []) => {
  await writeFile(
    join(command.folder, 'matrix.yml'),
    `version: 1\nbuilders: [${builders}]\n${image}\n`,
  );
  return command.run(['build', ...args]);
};

const built = async () => {
  const {targets} = await command.record();
  return targets.map(({id, builder, outcome, platforms}) =>
    [id, builder, outcome, ...platforms.map(({platform}) => platform)].join(' '),
  );
};

test('each platform is built by the builder of its route, and linked targets follow', async () => {
  const ended = await build(
    '{platform: linux/arm64, builder: bm-two}, {platform: linux/amd64, builder: bm-one}',
  );
  expect(ended.stderr).not.toContain('warning');
  expect(ended.exitCode).toBe(0);
  expect(await built()).toEqual([
    'face/cpu@linux-amd64 bm-one succeeded linux/amd64',
    'face/cpu@linux-arm64 bm-two succeeded linux/arm64',
    'face/app@linux-amd64 bm-one succeeded linux/amd64',
    'face/app@linux-arm64 bm-two succeeded linux/arm64',
  ]);
});

test('platforms of a builder with several nodes are built apart', async () => {
  expect(await build('', ['--builder', 'bm-nodes', 'cpu'])).toMatchObject({exitCode: 0});
  expect(await built()).toEqual([
    'face/cpu@linux-amd64 bm-nodes succeeded linux/amd64',
    'face/cpu@linux-arm64 bm-nodes succeeded linux/arm64',
  ]);
});

test('a builder that is gone: nothing is built, or its fallback is taken', async () => {
  const gone = 'platform: linux/arm64, builder: bm-gone';
  const refused = await build(`{${gone}}`);
  expect(refused).toMatchObject({
    exitCode: 3,
    stderr: `error: there is no builder bm-gone\nhelp: make it with \`docker buildx create --name bm-gone\`, or choose one of \`docker buildx ls\`\n`,
  });

  const emulated = await build(`{${gone}, fallback: emulate}`, ['cpu']);
  expect(emulated.exitCode).toBe(0);
  expect(emulated.stderr).toContain(
    'warning: there is no builder bm-gone: linux/arm64 is built by bm-one instead\n',
  );
  expect(await built()).toEqual(['face/cpu  succeeded linux/amd64 linux/arm64']);

  const skipped = await build(`{${gone}, fallback: skip}`, ['cpu']);
  expect(skipped.exitCode).toBe(0);
  expect(skipped.stderr).toContain(
    'warning: there is no builder bm-gone: linux/arm64 is left out, and nothing of face/cpu is published\n',
  );
  expect(await built()).toEqual(['face/cpu@linux-amd64  succeeded linux/amd64']);
});

test('emulation on the current builder is told of', async () => {
  const ended = await build('', ['--builder', 'default', 'cpu']);
  expect(ended.stderr).toContain(
    'warning: linux/arm64 is built by emulation: builder default is a linux/amd64 machine\n',
  );
});

test('a builder is made at an endpoint, once, and stays', async () => {
  const {stdout} = await run('docker', ['buildx', 'inspect', 'bm-two']);
  const socket = /^Endpoint:\s+(\S+)$/mu.exec(stdout)?.[1] ?? '';
  const route = `{platform: linux/arm64, driver: remote, endpoint: "${socket}"}`;
  expect(await build(route, ['cpu'])).toMatchObject({exitCode: 0});
  const [, arm] = await built();
  const name = /build-matrix-[0-9a-f]{12}/u.exec(arm ?? '')?.[0] ?? '';
  expect(arm).toBe(`face/cpu@linux-arm64 ${name} succeeded linux/arm64`);
  try {
    expect(await build(route, ['cpu'])).toMatchObject({exitCode: 0});
    const {stdout: builders} = await run('docker', ['buildx', 'ls', '--format', '{{.Name}}']);
    expect(builders.split('\n').filter((line) => line === name)).toHaveLength(1);
  } finally {
    await run('docker', ['buildx', 'rm', name]);
  }
});

test('an endpoint that cannot be reached leaves no builder behind', async () => {
  const socket = join(command.folder, 'nobody.sock');
  const ended = await build(`{platform: linux/arm64, endpoint: "unix://${socket}"}`);
  expect(ended.exitCode).toBe(3);
  expect(ended.stderr).toContain(`error: the builder at unix://${socket} cannot be used: `);
  const {stdout} = await run('docker', ['buildx', 'ls', '--format', '{{.Name}}']);
  expect(stdout).not.toContain('build-matrix-');
  await rm(socket, {force: true});
});
