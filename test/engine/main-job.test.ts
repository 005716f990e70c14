import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterEach, expect, test} from 'vitest';

import {askService} from '../../tools/demo/ask-service.ts';
import {confirmDigest} from '../../tools/demo/confirm-digest.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {latestRecord, outcomesOf} from '../rig/latest-record.ts';
import {realCommand, runIn, type RealCommand} from '../rig/real-command.ts';

const root = join(import.meta.dirname, '../..');
const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const both = ['linux/amd64', 'linux/arm64'];

const opened: {close(): Promise<void>}[] = [];
const open = async (files: Readonly<Record<string, string>>): Promise<RealCommand> => {
  const command = await realCommand(files);
  opened.push(command);
  return command;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** What docker itself, which shares no code with us, says is stored under a reference. */
async function inspectRaw(reference: string): Promise<string> {
  const args = ['buildx', 'imagetools', 'inspect', '--raw', reference];
  return (await promisify(execFile)('docker', args)).stdout;
}

const sha256 = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

interface Manifest {
  readonly layers: readonly {readonly digest: string; readonly size: number}[];
}

test(
  'the sample is built for every platform, pushed, measured to the byte, and answers',
  {timeout: 900_000},
  async () => {
    const namespace = 'main-job';
    const push = ['build', '--push', '--force', '--registry', `${registry}/${namespace}`];
    const ended = await runIn(root, push);
    expect(ended).toMatchObject({exitCode: 0});

    const record = await latestRecord(root);
    expect(outcomesOf(record)).toEqual({
      cpu: 'succeeded',
      cuda: 'succeeded',
      'jetson-5': 'succeeded',
      'jetson-6': 'succeeded',
    });
    expect(record.targets.map(({platforms}) => platforms.map(({platform}) => platform))).toEqual([
      both,
      ['linux/amd64'],
      ['linux/arm64'],
      ['linux/arm64'],
    ]);
    const repository = `${namespace}/iris-service`;
    for (const target of record.targets) {
      for (const tag of target.tags) {
        // What the record says of a tag is what the registry holds under it.
        expect(sha256(await inspectRaw(tag))).toBe(target.digest);
        expect(ended.stdout).toContain(tag);
      }
      for (const {digest, layers, compressedBytes, stages} of target.platforms) {
        await confirmDigest(registry, repository, digest);
        const manifest = JSON.parse(
          await inspectRaw(`${registry}/${repository}@${digest}`),
        ) as Manifest;
        expect(layers.map((layer) => [layer.digest, layer.size])).toEqual(
          manifest.layers.map((layer) => [layer.digest, layer.size]),
        );
        const sum = manifest.layers.reduce((bytes, {size}) => bytes + size, 0);
        expect(compressedBytes).toBe(sum);
        // From the base image up, what the shipped stages add makes the whole image.
        const shipped = (stages ?? []).filter((stage) => stage.shipped);
        expect(shipped.map(({name}) => name)).toEqual(['base', 'runtime']);
        const [first] = shipped;
        const baseBytes = (first?.totalBytes ?? 0) - (first?.addedBytes ?? 0);
        const added = shipped.reduce((bytes, stage) => bytes + (stage.addedBytes ?? 0), 0);
        expect(baseBytes).toBeGreaterThan(0);
        expect(baseBytes + added).toBe(sum);
      }
    }

    const machines: string[] = [];
    for (const target of record.targets) {
      for (const {platform, digest} of target.platforms) {
        const answer = await askService({
          image: `${registry}/${repository}@${digest}`,
          platform,
          env: process.env,
        });
        expect(answer.health).toBe(200);
        const info = JSON.parse(answer.info) as {architecture: string};
        machines.push(`${target.name} ${info.architecture}`);
      }
    }
    expect(machines).toEqual([
      'cpu x86_64',
      'cpu aarch64',
      'cuda x86_64',
      'jetson-5 aarch64',
      'jetson-6 aarch64',
    ]);
  },
);

const dockerfile = `FROM busybox:1.36 AS base
RUN uname -m > /machine
FROM base AS runtime
ARG GREETING=hello
RUN echo "$GREETING" > /greeting
CMD ["cat", "/machine"]
`;
const oneTarget = `version: 1
images:
  app:
    targets:
      main: {platforms: [linux/amd64, linux/arm64], tags: ["{version}"]}
`;

test('without a registry the images are OCI layouts, and a second run leaves one tag', async () => {
  const command = await open({Dockerfile: dockerfile, 'matrix.yml': oneTarget});
  for (const greeting of ['first', 'second']) {
    const ended = await command.run(['build', '--set', `main.args.GREETING=${greeting}`]);
    expect(ended).toMatchObject({exitCode: 0});
    const record = await command.record();
    const layout = join(command.folder, '.build-matrix/images/app/main');
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
      manifests: {digest: string}[];
    };
    expect(index.manifests.map(({digest}) => digest)).toEqual([record.targets[0]?.digest]);
    expect(record.targets[0]?.platforms.map(({platform}) => platform)).toEqual(both);
  }
});

test('--load puts the image into docker, which can run it', async () => {
  const command = await open({Dockerfile: dockerfile, 'matrix.yml': oneTarget});
  const args = ['build', '--load', '--builder', 'default', '--image-version', 'loaded'];
  expect(await command.run(args)).toMatchObject({exitCode: 0});
  const docker = promisify(execFile);
  for (const [platform, machine] of [
    ['linux/amd64', 'x86_64'],
    ['linux/arm64', 'aarch64'],
  ] as const) {
    const run = ['run', '--rm', '--network', 'none', '--platform', platform, 'app:loaded'];
    expect((await docker('docker', run)).stdout.trim()).toBe(machine);
  }
  await docker('docker', ['image', 'rm', 'app:loaded']);
});

test('several builders: platforms go to the nodes of one builder and come back as one index', async () => {
  const command = await open({Dockerfile: dockerfile, 'matrix.yml': oneTarget});
  const push = ['build', '--push', '--registry', `${registry}/nodes`, '--builder', 'bm-nodes'];
  expect(await command.run(push)).toMatchObject({exitCode: 0});
  // Each node builds and pushes a part of its own; the tag joins them.
  const platforms = (await command.record()).targets.flatMap((part) => part.platforms);
  expect(platforms.map(({platform}) => platform)).toEqual(both);
  const index = JSON.parse(await inspectRaw(`${registry}/nodes/app:dev`)) as {
    readonly manifests: readonly {readonly digest: string}[];
  };
  expect(index.manifests.map(({digest}) => digest)).toEqual(
    expect.arrayContaining(platforms.map(({digest}) => digest)),
  );
});

test('a target is built on exactly what the target before it has made', async () => {
  const command = await open({
    'base/Dockerfile': 'FROM busybox:1.36\nARG NONCE\nRUN echo "$NONCE" > /nonce\n',
    Dockerfile: 'FROM ours\nRUN test "$(cat /nonce)" = "made just now"\n',
    'matrix.yml': `version: 1
defaults: {platforms: [linux/amd64, linux/arm64]}
images:
  app:
    targets:
      app: {contexts: {ours: "target:base"}}
      base: {context: base, args: {NONCE: made just now}}
`,
  });
  for (const output of [['--push', '--registry', `${registry}/linked`], ['--load'], []]) {
    const ended = await command.run(['build', '--builder', 'default', '--no-cache', ...output]);
    expect(ended).toMatchObject({exitCode: 0});
    expect((await command.record()).targets.map(({name}) => name)).toEqual(['base', 'app']);
  }
});

test('one failure stays one failure, and tells where', async () => {
  const command = await open({
    Dockerfile: dockerfile,
    'broken/Dockerfile': 'FROM busybox:1.36 AS base\nRUN echo no luck >&2; exit 7\n',
    'matrix.yml': `version: 1
images:
  app:
    targets:
      broken: {context: broken}
      fine: {}
`,
  });
  const ended = await command.run(['build']);
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toContain('--> broken/Dockerfile:2');
  expect(ended.stderr).toContain('no luck');
  const record = await command.record();
  expect(outcomesOf(record)).toEqual({broken: 'failed', fine: 'succeeded'});
  expect(record.targets[0]?.failure).toMatchObject({
    reason: 'build-failed',
    platform: 'linux/amd64',
    stage: 'base',
    range: {file: 'broken/Dockerfile', line: 2},
    logTail: ['no luck'],
  });
});

test('a registry with a password: refused without, pushed and read back with', async () => {
  const host = engineVariable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
  const user = engineVariable('BUILD_MATRIX_ENGINE_AUTH_USER');
  const password = (
    await readFile(engineVariable('BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE'), 'utf8')
  ).trim();
  const command = await open({Dockerfile: dockerfile, 'matrix.yml': oneTarget});
  const push = ['build', '--push', '--registry', `${host}/secret`];

  const refused = await command.run(push);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain(`docker is not logged in to ${host}`);
  expect(refused.stderr).toContain(`build-matrix login ${host}`);

  // As `docker login` would leave it, beside what the engine's own docker configuration holds.
  const config = await mkdtemp(join(tmpdir(), 'bm-config-'));
  opened.push({close: () => rm(config, {recursive: true, force: true})});
  const engineConfig = engineVariable('DOCKER_CONFIG');
  const settings = JSON.parse(
    await readFile(join(engineConfig, 'config.json'), 'utf8'),
  ) as Readonly<Record<string, unknown>>;
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  await writeFile(
    join(config, 'config.json'),
    JSON.stringify({
      cliPluginsExtraDirs: [join(engineConfig, 'cli-plugins')],
      ...settings,
      auths: {[host]: {auth}},
    }),
  );
  const pushed = await command.run([...push, '--json'], {DOCKER_CONFIG: config});
  expect(pushed).toMatchObject({exitCode: 0});
  expect((await command.record()).targets[0]?.platforms).toHaveLength(2);
  for (const text of [pushed.stdout, pushed.stderr, JSON.stringify(await command.record())]) {
    expect(text).not.toContain(password);
    expect(text).not.toContain(auth);
  }
});
