import {execFile} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, expect, test} from 'vitest';

import type {BuildRecord} from '../../src/records/build-record.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const run = promisify(execFile);
const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const repository = `${registry}/shards-${Date.now()}`;

let command: RealCommand;
beforeAll(async () => {
  command = await realCommand({
    'matrix.yml': `version: 1
registries: {here: {type: oci, url: "http://${registry}"}}
images:
  ${repository.slice(registry.length + 1)}:
    defaults: {platforms: [linux/amd64, linux/arm64], registries: [here]}
    targets:
      cpu: {tags: ["1"], annotations: {"index:org.example.joined": "yes"}}
      app: {tags: ["1-app"], contexts: {"busybox:1.36": "target:cpu"}}
`,
    Dockerfile: 'FROM busybox:1.36\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\n',
  });
});
afterAll(() => command.close());

const shard = async (file: string, ...shards: readonly string[]) => {
  const named = shards.flatMap((one) => ['--shard', one]);
  const ended = await command.run(['build', '--push', ...named, '--record-file', file]);
  expect(ended.stderr).not.toContain('error');
  expect(ended.exitCode).toBe(0);
};
const tags = async (): Promise<unknown> => {
  const path = repository.slice(registry.length + 1);
  const answer = await fetch(`http://${registry}/v2/${path}/tags/list`);
  return ((await answer.json()) as {tags?: unknown}).tags;
};

test('shards of several machines become public together, or not at all', async () => {
  await shard('amd.json', 'cpu/linux/amd64', 'app/linux/amd64');
  await shard('arm.json', 'cpu/linux/arm64', 'app/linux/arm64');
  expect(await tags()).toBeUndefined();

  const missing = await command.run(['publish', 'amd.json']);
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain('nothing was published: no record has ');
  expect(await tags()).toBeUndefined();

  const text = await readFile(join(command.folder, 'arm.json'), 'utf8');
  const lost = JSON.parse(text) as BuildRecord;
  const [first, ...others] = lost.targets.map((target) => ({...target}));
  const nowhere = {...first, digest: `sha256:${'0'.repeat(64)}`};
  const bad = JSON.stringify({...lost, targets: [nowhere, ...others]});
  await writeFile(join(command.folder, 'lost.json'), bad);
  const refused = await command.run(['publish', 'amd.json', 'lost.json']);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('sha256:000000000000');
  expect(await tags()).toBeUndefined();

  const published = await command.run(['publish', 'arm.json', 'amd.json', '--json']);
  expect(published.stderr).not.toContain('error');
  expect(published.exitCode).toBe(0);
  expect(await tags()).toEqual(expect.arrayContaining(['1', '1-app']));
  const {stdout} = await run('docker', [
    'buildx',
    'imagetools',
    'inspect',
    '--raw',
    `${repository}:1`,
  ]);
  const index = JSON.parse(stdout) as {
    annotations?: Record<string, string>;
    manifests: readonly {platform: {os: string; architecture: string}}[];
  };
  expect(index.annotations).toEqual({'org.example.joined': 'yes'});
  const platforms = index.manifests.map(({platform}) => `${platform.os}/${platform.architecture}`);
  expect(platforms.filter((one) => one !== 'unknown/unknown')).toEqual([
    'linux/amd64',
    'linux/arm64',
  ]);

  const again = await command.run(['publish', 'arm.json', 'amd.json']);
  expect(again.exitCode).toBe(0);
  expect(again.stdout).toContain('Published before');
  expect(again.stdout).toContain('✔ nothing was published: every tag is so already');
  expect(again.stderr).not.toContain('warning');

  const matrix = await readFile(join(command.folder, 'matrix.yml'), 'utf8');
  await writeFile(join(command.folder, 'matrix.yml'), `# commented\n${matrix}`);
  const commented = await command.run(['publish', 'arm.json', 'amd.json']);
  expect(commented.stderr).not.toContain('warning');

  await writeFile(join(command.folder, 'matrix.yml'), matrix.replace('["1"]', '["2"]'));
  const changed = await command.run(['publish', 'arm.json', 'amd.json']);
  expect(changed.exitCode).toBe(0);
  expect(changed.stderr)
    .toContain(`warning: matrix.yml is not what the shards were built with: tags and indexes are published as it had them then
help: where its changes are to count, run all shards again
`);
  expect(await tags()).not.toContain('2');

  await writeFile(join(command.folder, 'matrix.yml'), 'images: [\n');
  const broken = await command.run(['publish', 'arm.json', 'amd.json']);
  expect(broken.exitCode).toBe(0);
  expect(broken.stderr).toContain('warning: matrix.yml cannot be read: ');
  await writeFile(join(command.folder, 'matrix.yml'), matrix);
});

test('what a shard builds on is in its record, and needs no shard of its own', async () => {
  const version = ['--set', 'cpu.tags=2', '--set', 'app.tags=2-app'];
  const build = async (name: string, ...shards: readonly string[]) => {
    const named = shards.flatMap((one) => ['--shard', one]);
    const args = ['build', '--push', ...version, ...named, '--record-file', `${name}.json`];
    expect(await command.run(args)).toMatchObject({exitCode: 0});
  };
  await build('amd', 'app/linux/amd64');
  await build('arm', 'app/linux/arm64');
  const published = await command.run(['publish', 'amd.json', 'arm.json']);
  expect(published.stderr).not.toContain('error');
  expect(published.stdout).toContain('✔ published 2 targets: 2 tags moved in ');
  expect(await tags()).toEqual(expect.arrayContaining(['2', '2-app']));

  // Another machine that built the same part, and not to the same bytes.
  const text = await readFile(join(command.folder, 'amd.json'), 'utf8');
  const {targets, ...record} = JSON.parse(text) as BuildRecord;
  const other = targets
    .filter(({name}) => name === 'cpu')
    .map((target) => ({
      ...target,
      platforms: target.platforms.map((one) => ({...one, digest: `sha256:${'1'.repeat(64)}`})),
    }));
  const {sharding} = record;
  const elsewhere = {...record, targets: other, sharding: sharding && {...sharding, shards: []}};
  await writeFile(join(command.folder, 'other.json'), JSON.stringify(elsewhere));
  const refused = await command.run(['publish', 'amd.json', 'arm.json', 'other.json']);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain(
    '/cpu/linux/amd64 was built on several machines, each for what builds on it, and is not the same image everywhere: ',
  );
  await build('cpu', 'cpu/linux/amd64');
  const settled = await command.run(['publish', 'amd.json', 'arm.json', 'other.json', 'cpu.json']);
  expect(settled).toMatchObject({exitCode: 0});
});

test('what one machine pushed is not the whole, and says so', async () => {
  const ended = await command.run(['build', '--shard', 'cpu/linux/amd64']);
  expect(ended).toMatchObject({
    exitCode: 2,
    stderr:
      'error: --shard needs --push: other machines read what it builds from the registry\nhelp: write `build --push --shard …`, or choose with names and --platform\n',
  });
});
