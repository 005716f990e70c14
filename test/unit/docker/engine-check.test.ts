import {beforeEach, describe, expect, test} from 'vitest';
import {checkEngine, type EngineNeed} from '../../../src/docker/engine-check.ts';
import {askEngine} from '../../../src/docker/engine-questions.ts';
import {createFakeProcesses, type FakeProcesses} from '../../fakes/fake-processes.ts';
import {recorded} from './recorded.ts';

let processes: FakeProcesses;
const cpu: EngineNeed = {
  id: 'face/cpu',
  builder: 'bm-one',
  platforms: ['linux/amd64', 'linux/arm64'],
  output: {kind: 'push'},
};
const check = (...needs: EngineNeed[]) =>
  checkEngine(askEngine(processes, new AbortController().signal), needs);
const lines = (text: string): string[] => text.split('\n');
const inspects = (builder: string, text: string): void => {
  processes.on(`inspect ${builder}`, {stdout: lines(text)});
};

beforeEach(() => {
  processes = createFakeProcesses();
  processes.on('buildx version', {stdout: ['github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4']});
  processes.on('docker --version', {stdout: ['Docker version 28.5.2+dfsg4, build 9cc6dea']});
  inspects('bm-one', recorded('inspect-bm-one.txt'));
  inspects('bm-nodes', recorded('inspect-bm-nodes.txt'));
  processes.on('inspect --bootstrap', {stdout: lines(recorded('inspect-default.txt'))});
});

test('tells versions, builders, nodes and platforms', async () => {
  const report = await check(cpu, {...cpu, builder: 'bm-nodes'}, {...cpu, builder: null});
  const amd64 = ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v3', 'linux/amd64/v4'];
  expect(report).toEqual({
    ok: true,
    value: {
      notices: [],
      facts: {
        docker: '28.5.2+dfsg4',
        buildx: '0.29.1+ds1',
        builders: [
          {
            name: 'bm-one',
            driver: 'remote',
            nodes: [
              {
                name: 'bm-one-1',
                buildkit: 'v0.32.2',
                platforms: ['linux/amd64', 'linux/arm64', ...amd64.slice(1), 'linux/386'],
              },
            ],
          },
          {
            name: 'bm-nodes',
            driver: 'remote',
            nodes: [
              {
                name: 'bm-nodes-1',
                buildkit: 'v0.32.2',
                platforms: [...amd64, 'linux/arm64', 'linux/386'],
              },
              {
                name: 'bm-nodes-2',
                buildkit: 'v0.32.2',
                platforms: ['linux/arm64', ...amd64, 'linux/386'],
              },
            ],
          },
          {
            name: 'default',
            driver: 'docker',
            nodes: [
              {name: 'default', buildkit: 'v0.0.0+unknown', platforms: [...amd64, 'linux/arm64']},
            ],
          },
        ],
      },
    },
  });
});

test('asks each question once, whatever the number of targets', async () => {
  await check(cpu, {...cpu, id: 'face/other'});
  expect(processes.requests.map(({args}) => args.join(' '))).toEqual([
    'buildx version',
    '--version',
    'buildx -D inspect bm-one --bootstrap',
  ]);
});

describe('asked early about its builder', () => {
  const early = (...needs: EngineNeed[]) =>
    checkEngine(askEngine(processes, new AbortController().signal, 'bm-one'), needs);
  const asked = () =>
    processes.requests.map(({args}) => args.join(' ')).filter((line) => line.includes('inspect'));

  test('needs no second answer when it runs', async () => {
    const report = await early(cpu);
    expect(report).toEqual(await check(cpu));
    expect(asked()).toEqual([
      'buildx -D inspect bm-one',
      'buildx -D inspect bm-one --bootstrap', // of the comparison
    ]);
  });

  test('starts it, once the plan is good, when it does not run', async () => {
    const stopped = recorded('inspect-bm-one.txt').replace(/^Status:.*$/mu, 'Status: inactive');
    processes.on(/inspect bm-one$/u, {stdout: lines(stopped)});
    expect(await early(cpu)).toMatchObject({ok: true});
    expect(asked()).toEqual(['buildx -D inspect bm-one', 'buildx -D inspect bm-one --bootstrap']);
  });

  test('asks about another one that the plan needs instead', async () => {
    expect(await early({...cpu, builder: 'bm-nodes'})).toMatchObject({ok: true});
    expect(asked()).toEqual(['buildx -D inspect bm-one', 'buildx -D inspect bm-nodes --bootstrap']);
  });
});

describe('is unusable when', () => {
  const unusable = (problem: string, message: string, remedy: string) => ({
    ok: false,
    error: {reason: 'engine-unusable', problem, message, remedy},
  });

  test('docker is missing', async () => {
    processes.on('docker', {failure: {kind: 'not-found', command: 'docker'}});
    expect(await check(cpu)).toEqual(
      unusable(
        'docker-missing',
        'docker was not found on PATH',
        'install Docker with the buildx plugin: https://docs.docker.com/engine/install/',
      ),
    );
  });

  test('docker has no buildx', async () => {
    processes.on('docker buildx', {
      stderr: [
        'docker: unknown command: docker buildx',
        '',
        "Run 'docker --help' for more information",
      ],
      exitCode: 1,
    });
    expect(await check(cpu)).toEqual(
      unusable(
        'buildx-missing',
        'docker has no buildx plugin',
        'install it (the package is docker-buildx-plugin or docker-buildx), or see https://github.com/docker/buildx#installing',
      ),
    );
  });

  test('buildx is too old', async () => {
    processes.on('buildx version', {stdout: ['github.com/docker/buildx v0.12.1 30feaa1']});
    expect(await check(cpu)).toEqual(
      unusable(
        'buildx-too-old',
        'buildx 0.12.1 is too old: its progress cannot be read by a program',
        'update buildx to 0.13.0 or newer',
      ),
    );
  });

  test('the daemon is down', async () => {
    processes.on('inspect --bootstrap', {
      stdout: [
        'Name:   default',
        'Driver: ',
        'Error:  Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
        '',
        'Nodes:',
      ],
    });
    expect(await check({...cpu, builder: null})).toEqual(
      unusable(
        'daemon-unreachable',
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
        'start Docker, or check DOCKER_HOST and `docker context ls`',
      ),
    );
  });

  test('the daemon behind a context of docker is down', async () => {
    processes.on('inspect --bootstrap', {
      stdout: [
        'Name: desktop-linux',
        'Driver: ',
        'Error: Cannot connect to the Docker daemon at x',
      ],
    });
    expect(await check({...cpu, builder: null})).toMatchObject({
      error: {problem: 'daemon-unreachable', message: 'Cannot connect to the Docker daemon at x'},
    });
  });

  test('the current builder is elsewhere, and does not answer', async () => {
    processes.on('inspect --bootstrap', {
      stdout: ['Name: bm-one', 'Driver: ', 'Error: context deadline exceeded'],
    });
    expect(await check({...cpu, builder: null})).toMatchObject({
      error: {
        problem: 'builder-unreachable',
        message: 'builder bm-one cannot be reached: it does not answer',
      },
    });
  });

  test('the daemon may not be used', async () => {
    processes.on('inspect --bootstrap', {
      stdout: ['Name: default', 'Driver: ', 'Error: permission denied while trying to connect'],
    });
    expect(await check({...cpu, builder: null})).toMatchObject({
      error: {
        problem: 'daemon-unreachable',
        remedy:
          'join the group that may use docker (`sudo usermod -aG docker $USER`, then log in again)',
      },
    });
  });

  test('the builder does not exist', async () => {
    processes.on('inspect nope', {stderr: ['ERROR: no builder "nope" found'], exitCode: 1});
    expect(await check({...cpu, builder: 'nope'})).toEqual(
      unusable(
        'builder-missing',
        'there is no builder nope',
        'make it with `docker buildx create --name nope`, or choose one of `docker buildx ls`',
      ),
    );
  });

  test('the current builder does not exist', async () => {
    processes.on('inspect --bootstrap', {
      stderr: ['ERROR: no builder "nosuch" found'],
      exitCode: 1,
    });
    expect(await check({...cpu, builder: null})).toEqual(
      unusable(
        'builder-missing',
        'there is no builder nosuch, which BUILDX_BUILDER names',
        'make it with `docker buildx create --name nosuch`, or choose one of `docker buildx ls`',
      ),
    );
  });

  test('no node of the builder answers', async () => {
    inspects(
      'far',
      'Name: far\nDriver: remote\n\nNodes:\nName: far0\nEndpoint: tcp://far:1\nError: dial tcp: i/o timeout\n',
    );
    expect(await check({...cpu, builder: 'far'})).toEqual(
      unusable(
        'builder-unreachable',
        'builder far cannot be reached: dial tcp: i/o timeout',
        'look at `docker buildx inspect far --bootstrap`',
      ),
    );
  });

  test('the builder gives no answer', async () => {
    processes.on('inspect far', {failure: {kind: 'timed-out', afterMs: 1}});
    expect(await check({...cpu, builder: 'far'})).toMatchObject({
      error: {message: 'builder far cannot be reached: it gave no answer in time'},
    });
  });

  test('a platform is missing: it says which, for which targets, and the remedy', async () => {
    inspects(
      'bm-one',
      'Name: bm-one\nDriver: docker-container\n\nNodes:\nName: n\nStatus: running\nPlatforms: linux/amd64*, linux/386\n',
    );
    const jetson = {...cpu, id: 'face/jetson', platforms: ['linux/arm64', 'linux/arm/v7']};
    const small = {...cpu, id: 'face/small', platforms: ['linux/amd64']};
    expect(await check(cpu, small, jetson)).toEqual(
      unusable(
        'builder-lacks-platform',
        'builder bm-one cannot build linux/arm64, linux/arm/v7 (for face/cpu, face/jetson); it builds linux/amd64, linux/386',
        'add emulation with `docker run --privileged --rm tonistiigi/binfmt --install arm64,arm`, or a native node with `docker buildx create --append --name bm-one ssh://HOST`',
      ),
    );
  });

  const withoutStore = recorded('inspect-default.txt')
    .replace(/(Multi-platform build: +)true/u, '$1false')
    .replace(/(OCI exporter: +)true/u, '$1false');
  const store =
    'turn the store on (`{"features": {"containerd-snapshotter": true}}` in daemon.json), or make another builder with `docker buildx create --use`';

  test('several platforms or an OCI layout need the containerd image store', async () => {
    processes.on('inspect --bootstrap', {stdout: lines(withoutStore)});
    const one = {...cpu, builder: null, platforms: ['linux/amd64']};
    expect(await check(one)).toMatchObject({ok: true});
    expect(await check({...cpu, builder: null})).toEqual(
      unusable(
        'builder-lacks-platform',
        'builder default uses the docker driver without the containerd image store, which cannot build several platforms',
        store,
      ),
    );
    expect(await check({...one, output: {kind: 'oci'}})).toEqual(
      unusable(
        'builder-lacks-output',
        'builder default uses the docker driver without the containerd image store, which cannot write an OCI layout',
        store,
      ),
    );
  });
});

describe('is usable, with a notice, when', () => {
  test('buildx is old', async () => {
    processes.on('buildx version', {stdout: ['github.com/docker/buildx v0.21.3 0']});
    expect(await check(cpu)).toMatchObject({
      ok: true,
      value: {
        notices: [
          {
            severity: 'warning',
            code: 'old-buildx',
            message:
              'buildx 0.21.3 is old: where it copies between repositories it writes parts of an image under the tag first, which immutable tags refuse',
            suggestion: 'update it to 0.22.0 or newer',
          },
        ],
      },
    });
  });

  test('one of several nodes is down and the others have the platforms', async () => {
    inspects(
      'bm-nodes',
      recorded('inspect-bm-nodes.txt').replace(
        /(Name: +bm-nodes-2\n.*\n)Status: +running/u,
        '$1Error: gone',
      ),
    );
    expect(await check({...cpu, builder: 'bm-nodes'})).toMatchObject({
      ok: true,
      value: {
        notices: [{code: 'node-unreachable', message: 'node bm-nodes-2 of builder bm-nodes: gone'}],
      },
    });
  });
});

test('a docker that does not tell its version is unknown, and no obstacle', async () => {
  processes.on('docker --version', {stdout: ['podman']});
  expect(await check(cpu)).toMatchObject({ok: true, value: {facts: {docker: null}}});
});

test('a buildx built from source is not called old', async () => {
  processes.on('buildx version', {stdout: ['github.com/docker/buildx v0.0.0+unknown ']});
  expect(await check(cpu)).toMatchObject({ok: true, value: {notices: []}});
});
