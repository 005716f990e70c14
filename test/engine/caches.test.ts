import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');

let command: RealCommand;
let salt = '';
beforeAll(async () => {
  command = await realCommand({
    Dockerfile: `FROM busybox:1.36 AS base
ARG SALT
RUN echo $SALT; cat /proc/sys/kernel/random/uuid > /base
FROM base AS app
RUN cat /base /proc/sys/kernel/random/uuid > /app
FROM base AS other
RUN cat /proc/sys/kernel/random/uuid > /other
`,
  });
});
beforeEach(() => {
  salt = `caches-${Date.now()}`;
});
afterAll(() => command.close());

async function build(cache: string, args: readonly string[], more = 'stage: app') {
  await writeFile(
    join(command.folder, 'matrix.yml'),
    `version: 1
registries: {here: {type: oci, url: "http://${registry}"}}
defaults: {args: {SALT: ${salt}}, registries: [here], cache: ${cache}}
images: {${salt}: {targets: {cpu: {tags: ["1"], ${more}}, other: {stage: other}}}}
`,
  );
  const ended = await command.run(['build', ...args]);
  expect(ended.stderr).not.toContain('error');
  expect(ended.exitCode).toBe(0);
  return (await command.record()).targets;
}

const cacheTags = async () => {
  const answer = await fetch(`http://${registry}/v2/${salt}/tags/list`);
  const {tags = []} = (await answer.json()) as {tags?: readonly string[]};
  return tags.filter((tag) => tag.startsWith('cache-')).toSorted();
};

test.each(['{type: registry, mode: max}', '{type: local, mode: max}', '{type: inline}'])(
  'what one builder left in the cache %s another one does not build',
  async (cache) => {
    const [first] = await build(cache, ['--push', '--builder', 'bm-one', 'cpu']);
    expect(first?.steps).toEqual({total: 2, cached: 0});
    const [second] = await build(cache, ['--push', '--builder', 'bm-two', 'cpu']);
    expect(second?.steps).toEqual({total: 2, cached: 2});
    const layers = (target: typeof first) =>
      target?.platforms.flatMap((platform) => platform.layers.map(({digest}) => digest));
    expect(layers(second)).toEqual(layers(first));
    await rm(join(command.folder, '.build-matrix/cache'), {recursive: true, force: true});
  },
);

test('parts of a target have caches of their own, which serve the whole', async () => {
  const platforms = 'platforms: [linux/amd64, linux/arm64], stage: app';
  const shard = (platform: string) => [
    '--push',
    '--shard',
    `cpu/${platform}`,
    '--builder',
    'bm-one',
  ];
  await build('{type: registry}', shard('linux/amd64'), platforms);
  await build('{type: registry}', shard('linux/arm64'), platforms);
  expect(await cacheTags()).toEqual(['cache-cpu-linux-amd64', 'cache-cpu-linux-arm64']);
  const [part] = await build(
    '{type: registry}',
    ['--push', '--shard', 'cpu/linux/arm64', '--builder', 'bm-two'],
    platforms,
  );
  expect(part?.steps).toEqual({total: 2, cached: 2});
});

test('a stage that two targets share is built once', async () => {
  const targets = await build('{type: inline}', ['--push', '--builder', 'bm-one']);
  expect(targets.map(({id}) => id)).toEqual([`${salt}/cpu`, `${salt}/other`]);
  // The step writes another text each time that it runs.
  const [cpu, other] = targets.map(({platforms}) => platforms[0]?.layers.map(({digest}) => digest));
  expect(cpu?.slice(0, 2)).toEqual(other?.slice(0, 2));
  expect(cpu?.[2]).not.toBe(other?.[2]);
});
