import type {Failure} from '../../../src/events/failure.ts';
import type {BuildRecord, TargetRecord} from '../../../src/records/build-record.ts';

/** `sha256:` and 64 times this letter. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

const range = {file: 'dockerfiles/Dockerfile', line: 3, column: 1, length: 3, text: 'RUN false'};

/** One failure of every kind, every field set. */
export const everyFailure = {
  'invalid-matrix': {
    reason: 'invalid-matrix',
    diagnostics: [
      {
        severity: 'error',
        code: 'unknown-key',
        message: 'unknown key `plattforms`',
        range,
        suggestion: 'did you mean `platforms`?',
        related: [{message: 'first declared here', range}],
      },
      {severity: 'warning', code: 'not-yet', message: 'no place'},
    ],
  },
  'invalid-usage': {reason: 'invalid-usage', message: 'no such target', remedy: 'see list'},
  'engine-unusable': {
    reason: 'engine-unusable',
    problem: 'docker-missing',
    message: 'docker was not found',
    remedy: 'install it',
  },
  'registry-unusable': {
    reason: 'registry-unusable',
    diagnostics: [
      {
        severity: 'error',
        code: 'not-logged-in',
        message: 'docker is not logged in to ghcr.io',
        suggestion: 'run `build-matrix login hub`',
      },
    ],
  },
  'build-failed': {
    reason: 'build-failed',
    target: 'face-service/cpu',
    message: 'exit code: 1',
    cause: 'server-error',
    platform: 'linux/arm64',
    stage: 'test',
    step: 'RUN false',
    range,
    excerpt: [{line: 3, text: 'RUN false', failed: true}],
    logTail: ['boom'],
    logFile: '.build-matrix/runs/x/logs/face-service/cpu.log',
    hint: 'look at it',
  },
  'measure-failed': {
    reason: 'measure-failed',
    target: 'face-service/cpu',
    message: 'not found',
    remedy: 'build again',
  },
  'publish-failed': {
    reason: 'publish-failed',
    of: 'face-service/cpu',
    message: '503 Service Unavailable',
    cause: 'server-error',
    remedy: 'run it again',
  },
  'release-refused': {
    reason: 'release-refused',
    version: '1.4.2',
    problems: [
      {message: 'the checkout has changes that are not committed', remedy: 'commit them'},
      {message: 'no branch is checked out', remedy: 'check one out'},
    ],
  },
  'release-stopped': {
    reason: 'release-stopped',
    version: '1.4.2',
    problems: [{step: 'git tag v1.4.2', message: 'git: connection refused', remedy: 'wait'}],
    done: 2,
    of: 9,
  },
  'publish-refused': {
    reason: 'publish-refused',
    message: 'no record has face-service/cpu/linux/arm64',
    remedy: 'build it',
  },
  'budget-exceeded': {
    reason: 'budget-exceeded',
    target: 'face-service/cpu',
    platform: 'linux/arm64',
    stage: 'runtime',
    measure: 'growth',
    written: '5%',
    limit: 50,
    actual: 70,
    against: 'v1.2.2',
    because: 'requirements.txt changed',
    range,
  },
  'file-unusable': {reason: 'file-unusable', path: 'record.json', message: 'ENOSPC'},
  interrupted: {reason: 'interrupted', signal: 'SIGTERM'},
  'unknown-error': {reason: 'unknown-error', message: 'a bug', stack: 'at line 1'},
} as const satisfies {[R in Failure['reason']]: Required<Extract<Failure, {reason: R}>>};

const failedTarget = (failure: Failure): TargetRecord => ({
  id: `face-service/${failure.reason}`,
  image: 'face-service',
  name: failure.reason,
  axes: {},
  outcome: 'failed',
  builder: 'bm-one',
  output: {kind: 'push', through: 'digest', repositories: ['ghcr.io/acme/face-service']},
  tags: [],
  startedAt: null,
  durationMs: 0,
  digest: null,
  platforms: [],
  steps: {total: 0, cached: 0},
  logFile: null,
  failure,
});

/** A record with everything in it that a record can hold. */
export const sampleRecord: BuildRecord = {
  schema: 1,
  runId: '20260102-030405-678-1f9a3c',
  tool: '0.1.0',
  matrixFile: 'matrix.yml',
  planFingerprint: digestOf('f'),
  git: {
    commit: 'c'.repeat(40),
    branch: 'main',
    tag: null,
    dirty: true,
    committedAt: '2026-01-01T00:00:00Z',
    remote: 'https://github.com/acme/face-service.git',
  },
  version: '1.2.3',
  engine: {
    docker: '28.5.2',
    buildx: null,
    builders: [
      {
        name: 'bm-one',
        driver: 'remote',
        nodes: [{name: 'bm-one0', buildkit: 'v0.32.2', platforms: ['linux/amd64']}],
      },
    ],
  },
  startedAt: '2026-01-02T03:04:05.678Z',
  finishedAt: '2026-01-02T03:05:00.000Z',
  outcome: 'failed',
  targets: [
    {
      id: 'face-service/cuda-12.6',
      image: 'face-service',
      name: 'cuda-12.6',
      axes: {cuda: '12.6'},
      outcome: 'succeeded',
      builder: null,
      output: {kind: 'oci', folder: '.build-matrix/images/face-service'},
      tags: ['face-service:1.2.3-cuda12.6'],
      startedAt: '2026-01-02T03:04:05.700Z',
      durationMs: 1234,
      digest: digestOf('a'),
      platforms: [
        {
          platform: 'linux/amd64',
          digest: digestOf('b'),
          config: {
            mediaType: 'application/vnd.oci.image.config.v1+json',
            digest: digestOf('c'),
            size: 7,
          },
          layers: [
            {
              mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
              digest: digestOf('d'),
              size: 1000,
              platform: {os: 'linux', architecture: 'arm64', variant: 'v8'},
              annotations: {'org.example': 'x'},
              unpackedBytes: 4096,
            },
          ],
          compressedBytes: 1000,
          unpackedBytes: null,
          unpackedUnknownBecause: 'the layers are elsewhere',
          stages: [
            {
              name: 'base',
              index: 0,
              line: 1,
              from: 'scratch',
              shipped: true,
              addedBytes: 1000,
              totalBytes: null,
              addedUnpackedBytes: 4096,
              totalUnpackedBytes: null,
              layers: 1,
              instructions: [
                {
                  line: 2,
                  text: 'COPY a /',
                  addedBytes: 1000,
                  unpackedBytes: 4096,
                  layer: digestOf('d'),
                },
                {line: 3, text: 'ENV A=1', addedBytes: 0, unpackedBytes: 0, layer: null},
              ],
              unknownBecause: 'no more than a sample',
            },
          ],
          stagesUnknownBecause: null,
        },
      ],
      steps: {total: 5, cached: 2},
      logFile: '.build-matrix/runs/20260102-030405-678-1f9a3c/logs/face-service/cuda-12.6.log',
      failure: null,
    },
    ...Object.values(everyFailure).map(failedTarget),
  ],
};
