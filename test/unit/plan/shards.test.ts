import {expect, test} from 'vitest';

import {goodPlan, planFailure} from './plan-rig.ts';

const yaml = `registries: {local: {type: oci, url: localhost:5000}}
images:
  face:
    defaults: {platforms: [linux/amd64, linux/arm64], registries: [local]}
    targets:
      base: {tags: ["1-base"], annotations: {"index:a": x}}
      app: {tags: ["1"], contexts: {base: "target:base"}}
      jetson: {tags: ["1-jetson"], platforms: [linux/arm64/v8.2]}
    indexes: {all: [base]}
`;
const push = {output: {kind: 'push'}} as const;
const files = {Dockerfile: 'FROM scratch AS base\nFROM base\n'};
const shardedPlan = (...shards: readonly string[]) =>
  goodPlan({yaml, files, options: {...push, shards}});
const builds = (made: Awaited<ReturnType<typeof goodPlan>>) =>
  made.plan.targets.map(({id, platforms}) => [id, ...platforms].join(' '));

test('a shard builds what it names and what that builds on, and publishes nothing', async () => {
  const made = await shardedPlan('app/linux/arm64');
  expect(builds(made)).toEqual([
    'face/base@linux-arm64 linux/arm64',
    'face/app@linux-arm64 linux/arm64',
  ]);
  expect(made.plan.publications).toEqual([]);
  expect(made.plan.routes.map(({platform}) => platform)).toEqual(['linux/arm64']);
  expect(made.warnings).toEqual([]);
});

test.each([
  ['base', ['face/base linux/amd64 linux/arm64']],
  ['face/base', ['face/base linux/amd64 linux/arm64']],
  ['base/arm64', ['face/base@linux-arm64 linux/arm64']],
  ['face/base/linux/amd64', ['face/base@linux-amd64 linux/amd64']],
  ['jetson/linux/arm64/v8.2', ['face/jetson linux/arm64/v8.2']],
])('--shard %s', async (shard, expected) => {
  expect(builds(await shardedPlan(shard))).toEqual(expected);
});

test.each([
  ['bose/arm64', '--shard bose/arm64: no chosen target is called that', 'did you mean `base`?'],
  [
    'base/linux/s390x',
    '--shard base/linux/s390x: `face/base` is not built for `linux/s390x`',
    'it is built for linux/amd64, linux/arm64',
  ],
])('--shard %s is refused', async (shard, message, help) => {
  const options = {...push, shards: [shard]};
  expect(await planFailure({yaml, options})).toBe(`${message}\nhelp: ${help}`);
});

test('every machine gets the same idea of the whole, whatever its builder', async () => {
  const one = await shardedPlan('app/linux/arm64');
  const other = await goodPlan({yaml, options: {...push, shards: ['base'], builder: 'mine'}});
  expect(one.sharding?.fingerprint).toBe(other.sharding?.fingerprint);
  expect(one.sharding?.publications).toEqual(other.sharding?.publications);
  const needs = [{target: 'face/base', platforms: ['linux/amd64', 'linux/arm64']}];
  expect(one.sharding?.publications[0]).toEqual({
    ...{of: 'face/base', isIndex: false, repository: 'localhost:5000/face', needs},
    ...{references: ['localhost:5000/face:1-base'], annotations: {a: 'x'}},
  });
  expect(one.sharding?.publications.at(-1)).toMatchObject({of: 'face:all', isIndex: true, needs});

  for (const changed of [
    {yaml: yaml.replace('"1-base"', '"2-base"')},
    {yaml: yaml.replace('{base: "target:base"}', '{base: docker-image://x}')},
    {yaml, options: {version: '2'}},
    {yaml, options: {selectors: ['base', 'app']}},
  ]) {
    const options = {...push, shards: ['base'], ...changed.options};
    const {sharding} = await goodPlan({yaml: changed.yaml, options});
    expect(sharding?.fingerprint).not.toBe(one.sharding?.fingerprint);
  }
});
