import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import {afterEach, beforeEach, expect, test} from 'vitest';

import {findBuildx, withDirectBuildx} from '../../../src/adapters/direct-buildx.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bm-direct-'));
});
afterEach(async () => {
  await rm(root, {recursive: true});
});

const binary = '\u007fELF';
const script = '#!/bin/sh\nexec docker "$@"\n';

async function program(path: string, content = binary, mode = 0o755): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

const settings = (content: unknown): Promise<string> =>
  program('config/config.json', JSON.stringify(content), 0o600);

const find = (): Promise<string | null> =>
  findBuildx({path: `${join(root, 'none')}:${join(root, 'bin')}`, config: join(root, 'config')});

test('finds the plugin of the user, without any settings', async () => {
  await program('bin/docker');
  const buildx = await program('config/cli-plugins/docker-buildx');
  expect(await find()).toBe(buildx);
});

test('folders that the settings name come first', async () => {
  await program('bin/docker');
  await program('config/cli-plugins/docker-buildx');
  const buildx = await program('extra/docker-buildx');
  await settings({cliPluginsExtraDirs: [join(root, 'empty'), join(root, 'extra')], auths: {}});
  expect(await find()).toBe(buildx);
});

test('a docker behind a link is docker; one behind a link to another program is not', async () => {
  const buildx = await program('config/cli-plugins/docker-buildx');
  await program('opt/docker');
  await mkdir(join(root, 'bin'));
  await symlink(join(root, 'opt/docker'), join(root, 'bin/docker'));
  expect(await find()).toBe(buildx);

  await program('opt/snap');
  await rm(join(root, 'bin/docker'));
  await symlink(join(root, 'opt/snap'), join(root, 'bin/docker'));
  expect(await find()).toBeNull();
});

test.each([
  ['no docker', async () => rm(join(root, 'bin/docker'))],
  ['a docker that is a script', async () => program('bin/docker', script)],
  ['a buildx that is a script', async () => program('config/cli-plugins/docker-buildx', script)],
  [
    'a buildx that may not be run',
    async () => program('config/cli-plugins/docker-buildx', binary, 0o644),
  ],
  ['an empty buildx', async () => program('config/cli-plugins/docker-buildx', '')],
  ['settings that docker refuses', async () => program('config/config.json', '{')],
  ['settings of another type', async () => settings({cliPluginsExtraDirs: 'here'})],
])('leaves it to docker with %s', async (_what, change) => {
  await program('bin/docker');
  await program('config/cli-plugins/docker-buildx');
  expect(await find()).not.toBeNull();
  await change();
  expect(await find()).toBeNull();
});

test('buildx is run by itself, and looked for once; all else is run as it is', async () => {
  await program('bin/docker');
  const buildx = await program('config/cli-plugins/docker-buildx');
  const fake = createFakeProcesses();
  fake.on(/./u, {});
  const places = {path: join(root, 'bin'), config: join(root, 'config')};
  const processes = withDirectBuildx(fake, places);
  const run = async (command: string, ...args: readonly string[]): Promise<unknown> =>
    processes.run({command, args, env: {A: 'b'}});
  await run('docker', 'buildx', 'build', '--push', '.');
  await rm(buildx);
  await run('docker', 'buildx', 'imagetools', 'create');
  await run('docker', 'push', 'buildx');
  await run('git', 'buildx');
  expect(fake.requests).toEqual([
    {command: buildx, args: ['build', '--push', '.'], env: {A: 'b'}},
    {command: buildx, args: ['imagetools', 'create'], env: {A: 'b'}},
    {command: 'docker', args: ['push', 'buildx'], env: {A: 'b'}},
    {command: 'git', args: ['buildx'], env: {A: 'b'}},
  ]);
  processes.killAll();
  expect(fake.killed).toBe(true);
});

test('where it cannot be told which buildx docker would take, docker is asked', async () => {
  const fake = createFakeProcesses();
  fake.on(/./u, {});
  const processes = withDirectBuildx(fake, {path: join(root, 'bin'), config: join(root, 'config')});
  await processes.run({command: 'docker', args: ['buildx', 'version']});
  expect(fake.requests).toEqual([{command: 'docker', args: ['buildx', 'version']}]);
});
