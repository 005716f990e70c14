import {execFile} from 'node:child_process';
import {readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterEach, expect, test} from 'vitest';

import {engineVariable} from '../../rig/engine-variable.ts';
import {workflowRig, type WorkflowRig} from '../../rig/workflow-run.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');

/** A registry that is used again must not know the images. */
const own = (name: string): string => `${name}-${Date.now().toString(36)}`;

const opened: WorkflowRig[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((rig) => rig.close()));
});

/** A caller as docs/github-actions.md shows it, in a namespace of its own. */
async function rigFor(namespace: string, budget = '10MB'): Promise<WorkflowRig> {
  const rig = await workflowRig({
    Dockerfile: 'FROM busybox:1.36\nARG NAME\nRUN echo "$NAME" > /name && uname -m > /machine\n',
    // `.git` and `.build-matrix` change with every run: with them nothing would be unchanged.
    '.dockerignore': '.*\n',
    'app/Dockerfile': 'FROM base\nRUN test -f /machine && cp /name /copy\n',
    'matrix.yml': `version: 1
defaults: {platforms: [linux/amd64, linux/arm64], runners: {linux/arm64: [self-hosted, jetson]}}
images:
  app:
    targets:
      base: {tags: ["{version}-base"]}
      main: {context: app, contexts: {base: "target:base"}, tags: ["{version}", latest]}
      alone: {platforms: [linux/amd64], args: {NAME: alone}, budget: {compressed: ${budget}}}
`,
    '.github/workflows/main.yml': `on: [push, pull_request]
permissions: {}
jobs:
  images:
    uses: ./.github/workflows/build-images.yml
    permissions: {contents: read, packages: write, id-token: write, pull-requests: write}
    with:
      push: true
      comment: false
      registries: ${registry}/${namespace}
      image-version: \${{ github.event_name }}
`,
  });
  opened.push(rig);
  return rig;
}

const env = {BUILDX_BUILDER: 'bm-one'};

/** Platforms of a tag, by docker itself; undefined when there is no such tag. */
async function platformsOf(reference: string): Promise<readonly string[] | undefined> {
  const args = ['buildx', 'imagetools', 'inspect', '--raw', reference];
  const raw = await promisify(execFile)('docker', args).catch(() => undefined);
  if (raw === undefined) return undefined;
  const {manifests} = JSON.parse(raw.stdout) as {
    manifests: {platform: {os: string; architecture: string}}[];
  };
  return manifests
    .map(({platform: {os, architecture}}) => `${os}/${architecture}`)
    .filter((platform) => !platform.startsWith('unknown'))
    .toSorted();
}

test(
  'a push builds each platform on a machine of its own and publishes; a fork builds, and pushes nothing',
  {timeout: 600_000},
  async () => {
    const namespace = own('workflow');
    const rig = await rigFor(namespace);
    const logins = (): Promise<string> =>
      readFile(join(rig.artifacts, '../logins'), 'utf8').catch(() => '');
    const pushed = await rig.run('push', {env, payload: {ref: 'refs/heads/main'}});
    expect(pushed.exitCode, `log: ${pushed.log}`).toBe(0);
    expect((await readdir(rig.artifacts)).toSorted()).toEqual([
      'build-matrix-app-alone-linux-amd64',
      'build-matrix-app-base-linux-amd64',
      'build-matrix-app-base-linux-arm64',
      'published',
    ]);
    const both = ['linux/amd64', 'linux/arm64'];
    expect(await platformsOf(`${registry}/${namespace}/app:push`)).toEqual(both);
    expect(await platformsOf(`${registry}/${namespace}/app:latest`)).toEqual(both);
    expect(await platformsOf(`${registry}/${namespace}/app:push-alone`)).toEqual(['linux/amd64']);
    expect(await logins()).toContain('login ghcr.io');

    await rm(join(rig.artifacts, '../logins'));
    await rm(rig.artifacts, {recursive: true});
    const head = {repo: {full_name: 'someone/app'}};
    const payload = {pull_request: {number: 7, head, base: {ref: 'main'}}};
    const built = await rig.run('pull_request', {env, payload});
    expect(built.exitCode, `log: ${built.log}`).toBe(0);
    expect(await platformsOf(`${registry}/${namespace}/app:pull_request`)).toBeUndefined();
    expect(await logins()).toBe('');
    expect(await readdir(rig.artifacts)).not.toContain('published');
    // The record that the push has left is what the sizes are compared with.
    expect(built.log).toMatch(/compared with <code>\.build-matrix\/base-record\.json<\/code>/);
    expect(built.log).toMatch(/app\/main<\/code> \| <code>linux\/arm64<\/code> .*\| same \|/);
  },
);

test(
  'what is unchanged gets no job, and its tags move all the same',
  {timeout: 600_000},
  async () => {
    const namespace = own('unchanged');
    const rig = await rigFor(namespace);
    const payload = {ref: 'refs/heads/main'};
    const jobsOfPush = async (): Promise<readonly string[]> => {
      await rm(rig.artifacts, {recursive: true, force: true});
      const {exitCode, log} = await rig.run('push', {env, payload});
      expect(exitCode, `log: ${log}`).toBe(0);
      return (await readdir(rig.artifacts)).toSorted();
    };
    await jobsOfPush();
    // Each of its machines built it on a part of `base`; now both take the whole.
    expect(await jobsOfPush()).toEqual([
      'build-matrix-app-main-linux-amd64',
      'build-matrix-app-main-linux-arm64',
      'build-matrix-unchanged',
      'published',
    ]);
    const image = `${registry}/${namespace}/app`;
    const tag = ['buildx', 'imagetools', 'create', '--tag', `${image}:latest`];
    await promisify(execFile)('docker', [...tag, `${image}:push-alone`]);
    expect(await platformsOf(`${image}:latest`)).toEqual(['linux/amd64']);
    expect(await jobsOfPush()).toEqual(['build-matrix-unchanged', 'published']);
    expect(await platformsOf(`${image}:latest`)).toEqual(['linux/amd64', 'linux/arm64']);
  },
);

test('an image over its budget fails its job, and no tag moves', {timeout: 600_000}, async () => {
  const namespace = own('budget');
  const rig = await rigFor(namespace, '1kB');
  const {exitCode, log} = await rig.run('push', {env, payload: {ref: 'refs/heads/main'}});
  expect(exitCode).toBe(1);
  expect(log).toMatch(/::error file=matrix\.yml,line=8,.*budget exceeded::app\/alone/);
  for (const tag of ['push', 'push-base', 'push-alone', 'latest']) {
    expect(await platformsOf(`${registry}/${namespace}/app:${tag}`), `tag ${tag}`).toBeUndefined();
  }
});
