import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const run = promisify(execFile);
const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const repository = `untagged-${Date.now()}`;

let command: RealCommand;
beforeAll(async () => {
  command = await realCommand({
    'matrix.yml': `version: 1
registries: {here: {type: oci, url: "http://${registry}"}}
images:
  ${repository}:
    defaults: {platforms: [linux/amd64], registries: [here]}
    targets:
      common: {tags: [], dockerfile: Common}
      cpu: {tags: ["{version}"], contexts: {base: "target:common"}}
`,
    Common: 'FROM busybox:1.36\nRUN echo common > /common\n',
    Dockerfile: 'FROM base\nRUN cat /common > /mine\n',
    '.dockerignore': '.build-matrix\nbake.json\n',
  });
});
afterAll(() => command.close());

const tags = async (): Promise<readonly string[]> => {
  const answer = await fetch(`http://${registry}/v2/${repository}/tags/list`);
  return ((await answer.json()) as {tags: readonly string[]}).tags.toSorted();
};

test('an image that only another target needs is pushed by its digest, and found unchanged', async () => {
  const built = await command.run(['build', '--push', '--image-version', '1']);
  expect(built).toMatchObject({exitCode: 0});
  expect(await tags()).toEqual(['1']);
  const [common] = (await command.record()).targets;
  const head = {method: 'HEAD', headers: {accept: 'application/vnd.oci.image.index.v1+json'}};
  const there = await fetch(
    `http://${registry}/v2/${repository}/manifests/${common?.digest ?? ''}`,
    head,
  );
  expect(there.status).toBe(200);
  const again = await command.run(['build', '--push', '--image-version', '1']);
  expect(again.stdout).toContain('2 targets unchanged: nothing was built');
});

test('bake pushes the same from the exported file', async () => {
  const plan = ['plan', '--push', '--format', 'bake', '--image-version', 'baked'];
  const {stdout} = await command.run(plan);
  await writeFile(join(command.folder, 'bake.json'), stdout);
  await run('docker', ['buildx', 'bake', '-f', 'bake.json'], {cwd: command.folder});
  expect(await tags()).toEqual(['1', 'baked']);
});

test('docker itself pushes what has a tag', async () => {
  const version = ['--image-version', 'stored'];
  const ended = await command.run(['build', '--push', '--builder', 'default', ...version]);
  expect(ended).toMatchObject({exitCode: 0});
  expect(await tags()).toEqual(['1', 'baked', 'stored']);
});
