import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';

import {makeAuthority, type Authority, type KeyPair} from '../rig/certificates.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {startOwnBuildkit, type OwnBuildkit} from '../rig/own-buildkit.ts';
import {startOwnDocker, type OwnDocker} from '../rig/own-docker.ts';
import {startOwnSshd, type OwnSshd} from '../rig/own-sshd.ts';
import {realCommand, type Ended, type RealCommand} from '../rig/real-command.ts';

const run = promisify(execFile);

let docker: OwnDocker;
let command: RealCommand;
beforeAll(async () => {
  docker = await startOwnDocker();
  command = await realCommand({
    Dockerfile: 'FROM busybox:1.36\nRUN echo made > /made\n',
    '.dockerignore': '.build-matrix\n',
  });
}, 60_000);
afterAll(async () => {
  await command.close();
  await docker.close();
});
/** Builders that the command has made. */
async function made(): Promise<readonly string[]> {
  const {stdout} = await run('docker', ['buildx', 'ls', '--format', '{{.Name}}']);
  return [...new Set(stdout.match(/^build-matrix-[0-9a-f]{12}$/gmu))];
}
async function removeMade(env: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const name of await made()) {
    await run('docker', ['buildx', 'rm', name], {env: {...process.env, ...env}});
  }
}
afterEach(() => removeMade());

/** Builds by way of one entry of `builders`, given as JSON. */
async function build(
  entry: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const mirror = `${engineVariable('BUILD_MATRIX_ENGINE_REGISTRY')}/docker.io`;
  const matrix = {
    version: 1,
    builders: [{platform: 'linux/amd64', ...entry}],
    mirrors: {'docker.io': mirror},
    images: {app: {targets: {one: {platforms: ['linux/amd64']}}}},
  };
  await writeFile(join(command.folder, 'matrix.yml'), JSON.stringify(matrix));
  return command.run(['build', '--force', '--progress', 'plain'], env);
}

/** Builds twice: the builder that the first run has made is found by the second. */
async function builtTwice(
  entry: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const runs: string[] = [];
  for (let number = 0; number < 2; number += 1) {
    const {exitCode, stderr} = await build(entry, env);
    if (exitCode !== 0) throw new Error(stderr);
    const builders = await made();
    const [target] = (await command.record()).targets;
    const who = builders.length === 1 && target?.builder === builders[0] ? 'that one' : 'another';
    runs.push(`${target?.outcome ?? ''} by ${who}`);
  }
  return runs;
}
const twice = ['succeeded by that one', 'succeeded by that one'];

/** Of docker-container builders; no other image of BuildKit is in reach. */
const options = () => ({image: docker.image, network: 'host'});

describe('the docker of another machine', () => {
  test('behind a TCP address', async () => {
    expect(await builtTwice({endpoint: docker.address, options: options()})).toEqual(twice);
  });

  test('as a docker context', async () => {
    const context = `bm-other-${process.pid.toString(36)}`;
    await run('docker', ['context', 'create', context, '--docker', `host=${docker.socket}`]);
    try {
      expect(await builtTwice({endpoint: context, options: options()})).toEqual(twice);
      await removeMade();
    } finally {
      await run('docker', ['context', 'rm', '--force', context]);
    }
  });

  describe('by ssh', () => {
    let sshd: OwnSshd;
    beforeAll(async () => {
      const PATH = process.env['PATH'] ?? '';
      sshd = await startOwnSshd({DOCKER_HOST: docker.socket, PATH});
    }, 60_000);
    afterAll(() => sshd.close());
    const withKey = () => ({PATH: `${sshd.bin}:${process.env['PATH'] ?? ''}`});
    afterEach(() => removeMade(withKey()));

    test('a builder is made and used', async () => {
      expect(await builtTwice({endpoint: sshd.endpoint, options: options()}, withKey())).toEqual(
        twice,
      );
    });

    test('a machine that does not let us in is told, and leaves no builder behind', async () => {
      const ended = await build({endpoint: sshd.endpoint, options: options()});
      expect(ended.exitCode).toBe(3);
      expect(ended.stderr).toContain(`stderr=Host key verification failed.
help: check \`ssh ${sshd.endpoint} docker version\`, and the \`endpoint\` under \`builders\`
`);
      expect(await made()).toEqual([]);
    });
  });
});

describe('a BuildKit that runs there already', () => {
  let authority: Authority;
  let client: KeyPair;
  let buildkit: OwnBuildkit;
  beforeAll(async () => {
    authority = await makeAuthority();
    client = await authority.sign('client', []);
    const server = await authority.sign('server', ['IP:127.0.0.1']);
    buildkit = await startOwnBuildkit({tls: {...server, ca: authority.file}});
  });
  afterAll(async () => {
    await buildkit.close();
    await authority.close();
  });
  const remote = (files: Readonly<Record<string, string>>) => ({
    ...{driver: 'remote', endpoint: buildkit.endpoint, options: files},
  });

  test('with certificates of both sides', async () => {
    expect(await builtTwice(remote({cacert: authority.file, ...client}))).toEqual(twice);
  });

  test('whose authority did not sign our certificate: told, and no builder is left behind', async () => {
    const other = await makeAuthority();
    const stranger = await other.sign('stranger', []);
    const ended = await build(remote({cacert: authority.file, ...stranger}));
    await other.close();
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(`error: the builder at ${buildkit.endpoint} cannot be used: `);
    expect(ended.stderr).toContain('it does not answer\n');
    expect(await made()).toEqual([]);
  }, 60_000);

  test('a path that is not whole: told, and no builder is left behind', async () => {
    const ended = await build(remote({cacert: 'ca.pem', ...client}));
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(`non-absolute path 'ca.pem' provided for cacert
help: check that it runs, and the \`endpoint\`, \`driver\` and \`options\` (certificates with their whole paths) of its entry under \`builders\`
`);
    expect(await made()).toEqual([]);
  });
});
