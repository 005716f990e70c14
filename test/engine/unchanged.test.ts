import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {chmod, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';

import type {DecisionDocument} from '../../src/inputs/decision.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {answers, startFaultyRegistry, type FaultyRegistry} from '../rig/faulty-registry.ts';
import {startOwnRegistry} from '../rig/own-registry.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const run = promisify(execFile);

/** Makes `REGISTRY/NAMESPACE/base:1` an image that holds `text`. */
async function pushBase(namespace: string, folder: string, text: string): Promise<void> {
  const context = join(folder, 'base');
  await mkdir(context, {recursive: true});
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY text /text\n');
  await writeFile(join(context, 'text'), text);
  const reference = `${registry}/${namespace}/base:1`;
  await run('docker', [
    ...['buildx', 'build', '--quiet', '--platform', 'linux/amd64,linux/arm64'],
    ...['--tag', reference, '--push', context],
  ]);
  await rm(context, {recursive: true});
}

/** A `docker` before the real one on the PATH. `$REAL` is the real one. */
async function dockerShim(
  folder: string,
  script: string,
): Promise<Readonly<Record<string, string>>> {
  const {stdout} = await run('sh', ['-c', 'command -v docker']);
  const shims = join(folder, '.shims');
  await mkdir(shims, {recursive: true});
  const shim = join(shims, 'docker');
  await writeFile(shim, `#!/bin/sh\nREAL=${stdout.trim()}\n${script}\n`);
  await chmod(shim, 0o755);
  return {PATH: `${shims}:${process.env['PATH'] ?? ''}`};
}

const noDocker = (folder: string) =>
  dockerShim(folder, `echo "$@" >> ${join(folder, 'docker-calls')}; exit 9`);
const noBuild = (folder: string) =>
  dockerShim(
    folder,
    `case "$*" in "buildx build "*) echo "$@" >> ${join(folder, 'docker-calls')}; exit 9;; esac\nexec "$REAL" "$@"`,
  );
const calls = (folder: string) =>
  readFile(join(folder, 'docker-calls'), 'utf8').catch(() => 'none');

function filesOf(namespace: string, host = registry): Readonly<Record<string, string>> {
  return {
    'matrix.yml': `version: 1
registries: {local: {type: oci, url: "http://${host}", namespace: ${namespace}}}
defaults: {registries: [local], context: app, platforms: [linux/amd64, linux/arm64]}
images:
  face:
    targets:
      cpu: {tags: ["1", latest], args: {FLAVOUR: plain}}
      on: {tags: ["on"], dockerfile: On, contexts: {base: "target:cpu"}}
`,
    'app/Dockerfile': `FROM ${registry}/${namespace}/base:1\nARG FLAVOUR\nCOPY . /srv\n`,
    'app/On': 'FROM base\nCOPY requirements.txt /again\n',
    'app/requirements.txt': 'flask\n',
    'app/.dockerignore': 'notes\n',
  };
}

let namespace: string;
let command: RealCommand;
async function open(host: string = registry): Promise<void> {
  namespace = `unchanged-${randomUUID().slice(0, 8)}`;
  command = await realCommand(filesOf(namespace, host));
  await pushBase(namespace, command.folder, 'first');
}

const build = (...more: readonly string[]) => command.run(['build', '--push', ...more]);
const write = (path: string, text: string) => writeFile(join(command.folder, path), text);

async function decisions(): Promise<readonly DecisionDocument[]> {
  const planned = await command.run(['plan', '--push', '--json', '--why']);
  expect(planned).toMatchObject({exitCode: 0});
  return (JSON.parse(planned.stdout) as {decisions: readonly DecisionDocument[]}).decisions;
}
const reasonsOfCpu = async () => {
  const [cpu] = await decisions();
  return cpu?.kind === 'build' ? cpu.reasons : cpu?.kind;
};

const digestOf = (tag: string): Promise<string | null> =>
  headOf(registry, `${namespace}/face`, tag);

async function headOf(host: string, path: string, tag: string): Promise<string | null> {
  const answer = await fetch(`http://${host}/v2/${path}/manifests/${tag}`, {
    method: 'HEAD',
    headers: {accept: 'application/vnd.oci.image.index.v1+json'},
  });
  return answer.headers.get('docker-content-digest');
}

describe('a second run', () => {
  beforeAll(async () => {
    await open();
    const first = await build();
    if (first.exitCode !== 0) throw new Error(first.stderr);
  });
  afterAll(() => command.close());

  test('builds nothing and does not even start docker; records hold what they held', async () => {
    const first = await command.record();
    const env = await noDocker(command.folder);
    const second = await command.run(['build', '--push'], env);
    expect(second).toMatchObject({exitCode: 0});
    expect(second.stdout).toContain('2 targets unchanged: nothing was built');
    expect(await calls(command.folder)).toBe('none');
    const record = await command.record();
    expect(record.targets.map(({outcome}) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(record.engine).toEqual({docker: null, buildx: null, builders: []});
    expect(record.targets.map(({digest, platforms}) => ({digest, platforms}))).toEqual(
      first.targets.map(({digest, platforms}) => ({digest, platforms})),
    );
    expect(record.publications?.map(({outcome}) => outcome)).toEqual(['unchanged', 'unchanged']);
  });

  test('nor on another machine, where the registry alone tells', async () => {
    const state = join(command.folder, '.build-matrix');
    await rename(state, `${state}-away`);
    const env = await noDocker(command.folder);
    expect(await command.run(['build', '--push'], env)).toMatchObject({exitCode: 0});
    expect(await calls(command.folder)).toBe('none');
    const {targets} = await command.record();
    // Measured from the registry: the layers that each platform has.
    for (const {outcome, platforms} of targets) {
      expect(outcome).toBe('unchanged');
      expect(platforms.map(({platform}) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
      for (const {compressedBytes, stages} of platforms) {
        expect(compressedBytes).toBeGreaterThan(0);
        expect(stages).not.toBeNull();
      }
    }
    await rm(state, {recursive: true});
    await rename(`${state}-away`, state);
  });

  test('moves a new tag to the image that is there, without a build', async () => {
    const text = filesOf(namespace)['matrix.yml'] ?? '';
    await write('matrix.yml', text.replace('"1", latest', '"1", latest, "2"'));
    const env = await noBuild(command.folder);
    expect(await command.run(['build', '--push'], env)).toMatchObject({exitCode: 0});
    expect(await digestOf('2')).toBe(await digestOf('1'));
    await write('matrix.yml', text);
  });

  test('copies what is there to a registry that was named later, without a build', async () => {
    const later = await startOwnRegistry({});
    const text = filesOf(namespace)['matrix.yml'] ?? '';
    const both = text
      .replace('registries: {', `registries: {later: {type: oci, url: "http://${later.host}"}, `)
      .replace('registries: [local]', 'registries: [local, later]');
    await write('matrix.yml', both);
    const env = await noBuild(command.folder);
    try {
      expect(await command.run(['build', '--push'], env)).toMatchObject({exitCode: 0});
      const {targets} = await command.record();
      expect(targets.map(({outcome}) => outcome)).toEqual(['unchanged', 'unchanged']);
      const held = ['1', 'latest', 'on'].map((tag) => headOf(later.host, 'face', tag));
      const own = ['1', 'latest', 'on'].map(digestOf);
      expect(await Promise.all(held)).toEqual(await Promise.all(own));
      const again = await command.run(['build', '--push'], await noDocker(command.folder));
      expect(again).toMatchObject({exitCode: 0});
    } finally {
      await later.close();
      await write('matrix.yml', text);
    }
  });

  test('tells what changed, and nothing of what does not count', async () => {
    const files = filesOf(namespace);
    const restore = (path: string) => write(path, files[path] ?? '');
    await write('app/notes', 'ignored');
    expect(await reasonsOfCpu()).toBe('unchanged');

    await write('app/requirements.txt', 'flask==3\n');
    expect(await reasonsOfCpu()).toEqual(['requirements.txt changed']);
    await restore('app/requirements.txt');

    await write('app/Dockerfile', `${files['app/Dockerfile'] ?? ''}LABEL a=b\n`);
    expect(await reasonsOfCpu()).toEqual(['Dockerfile changed']);
    await restore('app/Dockerfile');

    await write('matrix.yml', (files['matrix.yml'] ?? '').replace('plain', 'rich'));
    expect(await reasonsOfCpu()).toEqual(['argument FLAVOUR changed']);
    await restore('matrix.yml');

    await chmod(join(command.folder, 'app/requirements.txt'), 0o755);
    expect(await reasonsOfCpu()).toEqual(['requirements.txt changed']);
    await chmod(join(command.folder, 'app/requirements.txt'), 0o644);

    expect(await reasonsOfCpu()).toBe('unchanged');
  });

  test('sees a base image that moved in the registry, and builds what stands on it', async () => {
    await pushBase(namespace, command.folder, 'second');
    expect(await decisions()).toEqual([
      {
        target: 'face/cpu',
        kind: 'build',
        reasons: [`base image ${registry}/${namespace}/base:1 moved`],
      },
      {target: 'face/on', kind: 'build', reasons: ['it builds on face/cpu, which is built']},
    ]);
    const before = await digestOf('1');
    const built = await build('--progress', 'plain');
    expect(built).toMatchObject({exitCode: 0});
    expect(built.stderr).toContain(`is built: base image ${registry}/${namespace}/base:1 moved`);
    expect(await digestOf('1')).not.toBe(before);
  });

  test('with --force builds everything', async () => {
    expect(await build('--force')).toMatchObject({exitCode: 0});
    const {targets} = await command.record();
    expect(targets.map(({outcome, why}) => [outcome, why])).toEqual([
      ['succeeded', ['`--force` builds everything']],
      ['succeeded', ['`--force` builds everything']],
    ]);
  });
});

describe('a run that died', () => {
  let faulty: FaultyRegistry;
  beforeEach(async () => {
    faulty = await startFaultyRegistry(registry);
    await open(faulty.host);
  });
  afterEach(async () => {
    await command.close();
    await faulty.close();
  });

  test('between push and tags is gone on with, without a build', async () => {
    const kill = new AbortController();
    faulty.setRules(`${namespace}/face`, [
      {
        method: 'PUT',
        path: /\/manifests\/[^:]+$/u,
        fault: () => {
          kill.abort();
          return answers.unavailable();
        },
      },
    ]);
    const killed = await command.run(['build', '--push'], {}, '', kill.signal);
    expect(killed).toMatchObject({exitCode: null});
    expect(await digestOf('1')).toBeNull();
    faulty.setRules(`${namespace}/face`, []);

    const env = await noBuild(command.folder);
    expect(await command.run(['build', '--push'], env)).toMatchObject({exitCode: 0});
    expect(await calls(command.folder)).toBe('none');
    const record = await command.record();
    expect(record.targets.map(({outcome}) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(await digestOf('1')).toBe(record.targets[0]?.digest);
  });

  test('with one of its targets built: the other alone is built', async () => {
    const broken = 'FROM base\nCOPY nothing /again\n';
    await write('app/On', broken);
    expect(await build()).toMatchObject({exitCode: 1});
    expect(await digestOf('1')).toBeNull();
    await write('app/.dockerignore', 'notes\nOn\n');
    expect(await build()).toMatchObject({exitCode: 1});
    await write('app/On', filesOf(namespace)['app/On'] ?? '');
    expect(await build()).toMatchObject({exitCode: 0});
    const {targets} = await command.record();
    expect(targets.map(({outcome}) => outcome)).toEqual(['unchanged', 'succeeded']);
  });
});

describe('OCI layouts', () => {
  beforeAll(() => open());
  afterAll(() => command.close());

  test('are unchanged in their folder, until a layer is gone', async () => {
    expect(await command.run(['build', '--output', 'out'])).toMatchObject({exitCode: 0});
    const env = await noDocker(command.folder);
    expect(await command.run(['build', '--output', 'out'], env)).toMatchObject({exitCode: 0});
    expect(await calls(command.folder)).toBe('none');

    const {targets} = await command.record();
    const layer = targets[0]?.platforms[0]?.layers[0]?.digest ?? '';
    await rm(join(command.folder, 'out/face/cpu/blobs', layer.replace(':', '/')));
    const planned = await command.run(['plan', '--output', 'out', '--json', '--why']);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      decisions: [{kind: 'build', reasons: ['its image is not there any more']}, {kind: 'build'}],
    });
    expect(await command.run(['build', '--output', 'out'])).toMatchObject({exitCode: 0});
  });
});
