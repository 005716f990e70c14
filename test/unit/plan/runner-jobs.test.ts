import {expect, test} from 'vitest';

import {runnerJobs, type RunnerJob} from '../../../src/plan/runner-jobs.ts';
import {githubMatrix} from '../../../src/render/github-matrix.ts';
import {goodPlan, planFailure} from './plan-rig.ts';

async function jobsOf(
  yaml: string,
  leaveOut: readonly string[] = [],
): Promise<readonly RunnerJob[]> {
  const jobs = runnerJobs({...(await goodPlan({yaml})), leaveOut: new Set(leaveOut)});
  if (!jobs.ok) throw new Error(jobs.error.message);
  return jobs.value;
}

/** `base+app linux/arm64 on ubuntu-24.04-arm`. */
const told = (jobs: readonly RunnerJob[]): readonly string[] =>
  jobs.map(
    ({targets, platform, runner, emulated}) =>
      `${targets.map(({name}) => name).join('+')} ${platform} on ${JSON.stringify(runner)}${emulated ? ', emulated' : ''}`,
  );

const linked = `
images:
  app:
    targets:
      base: {platforms: [linux/amd64, linux/arm64]}
      app: {platforms: [linux/amd64, linux/arm64], contexts: {base: "target:base"}}
      tool: {platforms: [linux/arm64], contexts: {base: "target:base"}}
      alone: {platforms: [linux/arm64]}
`;

test('each platform of a target is built on a machine that runs it natively', async () => {
  const jobs = await jobsOf(`
images:
  app:
    targets:
      cpu: {platforms: [linux/amd64, linux/arm64, linux/386, linux/arm/v7, linux/riscv64]}
`);
  expect(told(jobs)).toEqual([
    'cpu linux/amd64 on "ubuntu-latest"',
    'cpu linux/arm64 on "ubuntu-24.04-arm"',
    'cpu linux/386 on "ubuntu-latest"',
    'cpu linux/arm/v7 on "ubuntu-latest", emulated',
    'cpu linux/riscv64 on "ubuntu-latest", emulated',
  ]);
});

test('matrix.yml names runners, in defaults and by target, merged by platform', async () => {
  const jobs = await jobsOf(`
vars: {board: orin}
defaults: {runners: {arm64: [self-hosted, arm64], linux/amd64: big}}
images:
  app:
    targets:
      cpu: {platforms: [linux/amd64, linux/arm64], runners: {linux/arm64: null}}
      jetson:
        platforms: [linux/arm64]
        runners: {linux/arm64: {group: robots, labels: ["jetson-{vars.board}"]}}
      same: {platforms: [linux/arm64, linux/amd64]}
`);
  expect(told(jobs)).toEqual([
    'cpu linux/amd64 on "big"',
    'cpu linux/arm64 on ["self-hosted","arm64"]',
    'jetson linux/arm64 on {"group":"robots","labels":["jetson-orin"]}',
    'same linux/arm64 on ["self-hosted","arm64"]',
    'same linux/amd64 on "big"',
  ]);
});

test('a runner of no platform is told where it stands', async () => {
  const yaml = `images: {app: {targets: {cpu: {runners: {"{platform}": big}}}}}\n`;
  expect(await planFailure({yaml})).toContain('matrix.yml:2:');
});

test('linked targets share a job for each platform, in the order in which they are built', async () => {
  expect(told(await jobsOf(linked))).toEqual([
    'base+app linux/amd64 on "ubuntu-latest"',
    'base+app+tool linux/arm64 on "ubuntu-24.04-arm"',
    'alone linux/arm64 on "ubuntu-24.04-arm"',
  ]);
});

test('what is proved unchanged gets no job, and no longer joins what is built on it', async () => {
  const jobs = await jobsOf(linked, ['app/base/linux/arm64', 'app/alone/linux/arm64']);
  expect(told(jobs)).toEqual([
    'base+app linux/amd64 on "ubuntu-latest"',
    'app linux/arm64 on "ubuntu-24.04-arm"',
    'tool linux/arm64 on "ubuntu-24.04-arm"',
  ]);
});

test('linked targets cannot be on two machines', async () => {
  const yaml = `
images:
  app:
    targets:
      base: {runners: {linux/amd64: one}}
      app: {contexts: {base: "target:base"}, runners: {linux/amd64: two}}
`;
  expect(runnerJobs(await goodPlan({yaml}))).toEqual({
    ok: false,
    error: {
      reason: 'invalid-usage',
      message:
        '`app/base` and `app/app` are linked and built in one job, but name different runners for linux/amd64',
      remedy: 'give both the same `runners`',
    },
  });
});

test('257 jobs are more than GitHub starts', async () => {
  const axis = (count: number): string =>
    `images: {app: {targets: {cpu: {matrix: {n: [${Array.from({length: count}, (_, n) => n).join(', ')}]}}}}}\n`;
  expect(await jobsOf(axis(256))).toHaveLength(256);
  expect(runnerJobs(await goodPlan({yaml: axis(257)}))).toMatchObject({
    error: {message: 'the matrix would have 257 jobs, and GitHub starts 256 at most'},
  });
});

test("GitHub's matrix has what the jobs of a workflow need", async () => {
  expect(githubMatrix(await jobsOf(linked)).include[1]).toEqual({
    name: 'base + app + tool (linux/arm64)',
    target: 'app/base,app/app,app/tool',
    platform: 'linux/arm64',
    shard: 'app/base/linux/arm64,app/app/linux/arm64,app/tool/linux/arm64',
    runner: 'ubuntu-24.04-arm',
    emulated: false,
    accelerator: 'cpu',
    key: 'app-base-linux-arm64',
  });
});

test('names of jobs stay short, and keys unique', async () => {
  const {include} = githubMatrix(
    await jobsOf(`
images:
  a-b: {targets: {c: {}}}
  a: {targets: {b-c: {}, c: {contexts: {x: "target:b-c", y: "target:d", z: "target:e"}}, d: {accelerator: cuda}, e: {}}}
`),
  );
  expect(include.map(({name, key, accelerator}) => [name, key, accelerator])).toEqual([
    ['a-b/c (linux/amd64)', 'a-b-c-linux-amd64', 'cpu'],
    ['b-c + d + e + 1 more (linux/amd64)', 'a-b-c-linux-amd64-2', 'cuda'],
  ]);
});

test('a target that several builders of one machine would share is one job for each platform', async () => {
  const jobs = await jobsOf(`
builders:
  - {platform: linux/arm64, builder: far}
images:
  app:
    targets:
      base: {platforms: [linux/amd64, linux/arm64], runners: {linux/arm64: pi}}
      main: {platforms: [linux/amd64, linux/arm64], contexts: {base: "target:base"}}
`);
  expect(githubMatrix(jobs).include.map(({shard, runner}) => [shard, runner])).toEqual([
    ['app/base/linux/amd64,app/main/linux/amd64', 'ubuntu-latest'],
    ['app/base/linux/arm64,app/main/linux/arm64', 'pi'],
  ]);
});
