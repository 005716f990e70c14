import {describe, expect, test} from 'vitest';
import {explainBuildFailure, type FailureEvidence} from '../../../src/docker/build-failure.ts';
import {createProgressReader, type ProgressSummary} from '../../../src/docker/raw-progress.ts';
import type {BuildFailed} from '../../../src/events/failure.ts';
import {recordedLines} from './recorded.ts';

function summaryOf(lines: readonly string[], platforms: readonly string[]): ProgressSummary {
  const reader = createProgressReader({target: 't', platforms, dockerfile: 'd', now: () => 0});
  for (const line of lines) reader.line(line);
  return reader.finish();
}

function explain(
  lines: readonly string[],
  {platforms = ['linux/amd64'], ...evidence}: Partial<FailureEvidence> = {},
): BuildFailed {
  return explainBuildFailure({
    target: 'face/cpu',
    platforms,
    dockerfile: {path: 'dockerfiles/Dockerfile'},
    progress: summaryOf(lines, platforms),
    exit: {exitCode: 1},
    logFile: '.build-matrix/runs/1/cpu.log',
    ...evidence,
  }).failure;
}

const recordedFailure = (name: string, evidence: Partial<FailureEvidence> = {}): BuildFailed =>
  explain(recordedLines(`failures/${name}.jsonl`), evidence);

test('a step that fails is told with platform, stage, line, excerpt, its last lines and a hint', () => {
  expect(recordedFailure('run', {platforms: ['linux/amd64', 'linux/arm64']})).toEqual({
    reason: 'build-failed',
    target: 'face/cpu',
    message: String.raw`process "/bin/sh -c echo \"Collecting flask==9.9.9\" &&     echo \"ERROR: No matching distribution found for flask==9.9.9\" >&2 &&     exit 3" did not complete successfully: exit code: 3`,
    platform: 'linux/amd64',
    stage: 'install',
    step: 'RUN echo "Collecting flask==9.9.9" &&     echo "ERROR: No matching distribution found for flask==9.9.9" >&2 &&     exit 3',
    range: {
      file: 'dockerfiles/Dockerfile',
      line: 5,
      column: 1,
      length: 39,
      text: String.raw`RUN echo "Collecting flask==9.9.9" && \ `.trimEnd(),
    },
    excerpt: [
      {line: 4, text: 'COPY file /', failed: false},
      {line: 5, text: String.raw`RUN echo "Collecting flask==9.9.9" && \ `.trimEnd(), failed: true},
      {
        line: 6,
        text: String.raw`    echo "ERROR: No matching distribution found for flask==9.9.9" >&2 && \ `.trimEnd(),
        failed: true,
      },
      {line: 7, text: '    exit 3', failed: true},
      {line: 8, text: 'FROM install', failed: false},
    ],
    logTail: ['Collecting flask==9.9.9', 'ERROR: No matching distribution found for flask==9.9.9'],
    logFile: '.build-matrix/runs/1/cpu.log',
    hint: 'flask==9.9.9 has no release for this Python version and linux/amd64: check the pin, or install what it takes to build it',
  });
});

describe('a recorded failure of', () => {
  test.each<[string, string, number | undefined, string | undefined]>([
    [
      'badtag',
      'invalid tag "Bad:tag": repository name must be lowercase',
      undefined,
      'write the name in lower case, and the tag with letters, digits, `_`, `.` and `-` only',
    ],
    [
      'closed',
      'failed to push localhost:1/x:1: failed to do request: Head "http://localhost:1/v2/x/blobs/sha256:f553d3f5935437d70caa8280ac3bc6e88d560dd40fb0309486788b80f28d62d8": dial tcp 127.0.0.1:1: connect: connection refused',
      undefined,
      'the other side could not be reached, or broke the connection: check the network and its proxy, then build again',
    ],
    [
      'full',
      'process "/bin/sh -c echo a > /dev/full" did not complete successfully: exit code: 1',
      2,
      'the disk is full: `docker buildx du` shows what the cache holds, `docker buildx prune` frees it',
    ],
    [
      'killed',
      `process "/bin/sh -c sh -c 'kill -9 $$'; exit $?" did not complete successfully: exit code: 137`,
      2,
      'the step was killed, usually for want of memory: build fewer targets at once (--concurrency 1), or give docker more memory',
    ],
    [
      'nobase',
      'localhost:5000/nope/nothing:1: failed to resolve source metadata for localhost:5000/nope/nothing:1: localhost:5000/nope/nothing:1: not found',
      1,
      'localhost:5000/nope/nothing:1 does not exist: check its name and tag',
    ],
    [
      'nodns',
      'failed to push no-such.invalid/x:1: failed to do request: Head "https://no-such.invalid/v2/x/blobs/sha256:72f0012e490036337747394442eb9940f94963851cdfba506408fd538df5e287": dial tcp: lookup no-such.invalid on 127.0.0.53:53: no such host',
      undefined,
      'no-such.invalid is not known to DNS: check the name, the network and the proxy of the builder',
    ],
    [
      'nodockerfile',
      'failed to read dockerfile: open nope.Dockerfile: no such file or directory',
      undefined,
      'nope.Dockerfile does not exist',
    ],
    [
      'nofile',
      'failed to compute cache key: failed to calculate checksum of ref msllkhlntrsnqmnkmqyiea5gc::04izbrrmtgaxjbt038wc3fiwa: "/missing": not found',
      2,
      'missing is not in the build context: check the path, and that .dockerignore does not exclude it',
    ],
    [
      'nohost',
      'no-such-host.invalid/x:1: failed to resolve source metadata for no-such-host.invalid/x:1: failed to do request: Head "https://no-such-host.invalid/v2/x/manifests/1": dial tcp: lookup no-such-host.invalid on 127.0.0.53:53: no such host',
      1,
      'no-such-host.invalid is not known to DNS: check the name, the network and the proxy of the builder',
    ],
    [
      'nologin',
      'failed to push localhost:5001/x/y:1: unexpected status from HEAD request to http://localhost:5001/v2/x/y/blobs/sha256:72f0012e490036337747394442eb9940f94963851cdfba506408fd538df5e287: 401 Unauthorized',
      undefined,
      'log in with an account that may push: `docker login localhost:5001`',
    ],
    [
      'nosecretfile',
      'failed to stat /nope: stat /nope: no such file or directory',
      undefined,
      '/nope does not exist: a secret or an SSH key is read from it',
    ],
    [
      'notfound',
      'process "/bin/sh -c /bin/nonexist" did not complete successfully: exit code: 127',
      2,
      'a command of this step is not in the image',
    ],
    [
      'secret',
      'secret token: not found',
      2,
      'give the secret `token` to this target under `secrets`',
    ],
    [
      'stage',
      'target stage "nope" could not be found',
      undefined,
      'no FROM of the Dockerfile is named `AS nope`',
    ],
    [
      'syntax',
      'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
      2,
      'mend the Dockerfile at this line',
    ],
  ])('%s', (name, message, line, hint) => {
    const failure = recordedFailure(name);
    expect(failure.message).toBe(message);
    expect(failure.range?.line).toBe(line);
    expect(failure.hint).toBe(hint);
  });

  test('a base without this platform', () => {
    expect(recordedFailure('noplat', {platforms: ['linux/s390x']})).toMatchObject({
      message:
        'failed to resolve source metadata for localhost:5000/docker.io/library/busybox:1.36: no match for platform in manifest: not found',
      platform: 'linux/s390x',
      range: {line: 1, text: 'FROM busybox:1.36 AS base'},
      hint: 'localhost:5000/docker.io/library/busybox:1.36 is not published for linux/s390x: choose another base, or take the platform off this target',
    });
  });

  test('a platform without emulation', () => {
    expect(recordedFailure('noemu', {platforms: ['linux/s390x']})).toMatchObject({
      platform: 'linux/s390x',
      step: 'RUN true',
      logTail: ['exec /bin/sh: exec format error'],
      hint: 'this machine cannot run programs for linux/s390x: add emulation with `docker run --privileged --rm tonistiigi/binfmt --install s390x`, or build on a native builder',
    });
  });

  test('a step that prints much: its last 20 lines', () => {
    const {logTail} = recordedFailure('long');
    expect([logTail.length, logTail[0], logTail.at(-1)]).toEqual([20, 'line 40', 'line 59']);
  });
});

/** What registries answer, in the words of BuildKit 0.23 and older, and of 0.24 and newer. */
describe('a refused push', () => {
  const push = 'ERROR: failed to build: failed to solve: failed to push r.io/x/y:1: ';
  test.each([
    [
      'unexpected status from HEAD request to https://r.io/v2/x/y/blobs/sha256:0: 401 Unauthorized',
      'log in with an account that may push: `docker login r.io`',
    ],
    [
      'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://r.io/token: 401 Unauthorized',
      'log in with an account that may push: `docker login r.io`',
    ],
    [
      'unexpected status from POST request to https://r.io/v2/x/y/blobs/uploads/: 403 Forbidden',
      'the account may not push here: check its rights for r.io/x/y:1, or `docker login r.io` with another',
    ],
    [
      'denied: requested access to the resource is denied',
      'the account may not push here: check its rights for r.io/x/y:1, or `docker login r.io` with another',
    ],
    [
      "unknown: The image tag '1' already exists in the 'y' repository and cannot be overwritten because the repository is immutable.",
      'this tag exists and the registry does not let it move: choose a new version',
    ],
    [
      "unknown: The repository with name 'x/y' does not exist in the registry with id '1'",
      'create x/y in the registry first',
    ],
    [
      'toomanyrequests: slow down',
      'the registry limits requests: build again later, or with fewer targets at once (--concurrency 1)',
    ],
    [
      'unexpected status from PUT request to https://r.io/v2/x/y/manifests/1: 429 Too Many Requests',
      'the registry limits requests: build again later, or with fewer targets at once (--concurrency 1)',
    ],
    [
      'unexpected status from POST request to https://r.io/v2/x/y/blobs/uploads/: 503 Service Unavailable',
      'the registry failed by itself: build again later, the cache makes it quick',
    ],
    [
      'failed to do request: Head "https://r.io/v2/": http: server gave HTTP response to HTTPS client',
      'this registry speaks HTTP: add it to `insecure-registries` of the daemon, or to buildkitd.toml of the builder (`http = true`)',
    ],
    [
      'failed to do request: Head "https://r.io/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      "the registry's certificate is not trusted by the builder: give it the authority that signed it (buildkitd.toml, `ca = [...]`)",
    ],
  ])('%s', (error, hint) => {
    expect(explain([push + error]).hint).toBe(hint);
  });

  test('with nothing but `unknown` is told by the step', () => {
    const error = 'failed to push r.io/x/y:1: unexpected status: 500 Internal Server Error';
    const step = {
      digest: 'sha256:a',
      name: 'exporting to image',
      started: '2026-01-01T00:00:01Z',
      completed: '2026-01-01T00:00:02Z',
      error,
    };
    const failure = explain([JSON.stringify({vertexes: [step]}), `${push}unknown`]);
    expect(failure).toMatchObject({message: error, step: 'exporting to image'});
  });
});

describe('a remote context', () => {
  const fetch =
    'ERROR: failed to build: failed to solve: failed to load cache key: error fetching default branch for repository https://git.invalid/x.git: git stderr:\n';
  test.each([
    [
      "fatal: unable to access 'https://git.invalid/x.git/': Could not resolve host: git.invalid",
      'git.invalid is not known to DNS: check the name, the network and the proxy of the builder',
    ],
    [
      "fatal: could not read Username for 'https://git.invalid': terminal prompts disabled",
      'a remote context could not be fetched: check its URL, its ref, and who may read it',
    ],
  ])('%s', (error, hint) => {
    expect(explain((fetch + error).split('\n')).hint).toBe(hint);
  });
});

describe('without an error of buildx', () => {
  test('the failed step tells', () => {
    const step = {
      digest: 'sha256:a',
      name: '[1/1] RUN x',
      started: '2026-01-01T00:00:01Z',
      completed: '2026-01-01T00:00:02Z',
      error: 'exit code: 1\nmore',
    };
    expect(explain([JSON.stringify({vertexes: [step]})])).toMatchObject({
      message: 'exit code: 1',
      stage: 'stage-0',
      step: 'RUN x',
    });
  });

  test('the signal or the exit code is told', () => {
    expect(explain([], {exit: {signal: 'SIGKILL'}}).message).toBe('docker was ended by SIGKILL');
    expect(explain([], {exit: {exitCode: 125}}).message).toBe(
      'docker ended with exit code 125 and gave no reason',
    );
  });
});

test('a parse error without an excerpt is located by its own words', () => {
  const failure = explain(
    ['ERROR: failed to solve: dockerfile parse error on line 2: unknown flag: --x'],
    {
      dockerfile: {path: 'Dockerfile', text: 'FROM scratch\n COPY --x a b\n'},
    },
  );
  expect(failure.range).toEqual({
    file: 'Dockerfile',
    line: 2,
    column: 2,
    length: 12,
    text: ' COPY --x a b',
  });
});

test('of several steps that failed, the one is told that ended the build', () => {
  const failed = (step: string, error: string) => ({
    ...{step, name: `RUN ${step}`, error, stage: step},
    logTail: [`log of ${step}`],
  });
  const progress: ProgressSummary = {
    steps: {total: 2, cached: 0},
    failed: [failed('first', 'exit code: 1'), failed('second', 'exit code: 2')],
    builtVertexes: new Set(),
    sources: new Set(),
    lastChangeAt: 0,
    plainTail: ['ERROR: failed to build: failed to solve: process "x": exit code: 2'],
  };
  expect(explain([], {progress})).toMatchObject({
    message: 'process "x": exit code: 2',
    stage: 'second',
    step: 'RUN second',
    logTail: ['log of second'],
  });
});

test('a password in a URL is hidden in all that is told, and in all events', () => {
  const run = 'RUN pip install https://me:hunter2@pypi.example/x.tar.gz && false';
  const vertex = {
    digest: 'sha256:a',
    name: `[2/2] ${run}`,
    started: '2026-11-24T05:00:01Z',
    inputs: ['sha256:b'],
  };
  const error = `process "/bin/sh -c ${run.slice(4)}" did not complete successfully: exit code: 1`;
  const data = Buffer.from('GET https://me:hunter2@pypi.example/x\nme:hunter2@').toString('base64');
  const dockerfile = `FROM scratch\n${run}\n`;
  const lines = [
    JSON.stringify({vertexes: [vertex], logs: [{vertex: 'sha256:a', data}]}),
    JSON.stringify({
      warnings: [
        {
          short: Buffer.from('careful: https://me:hunter2@pypi.example').toString('base64'),
          detail: [Buffer.from('https://me:hunter2@pypi.example').toString('base64')],
          sourceInfo: {data: Buffer.from(dockerfile).toString('base64')},
          range: [{start: {line: 2}}],
        },
      ],
    }),
    JSON.stringify({vertexes: [{...vertex, completed: '2026-11-24T05:00:02Z', error}]}),
    ...[
      'Dockerfile:2',
      '-'.repeat(20),
      '   1 |     FROM scratch',
      `   2 | >>> ${run}`,
      '-'.repeat(20),
    ],
    `ERROR: failed to build: failed to solve: ${error}`,
  ];
  const reader = createProgressReader({
    target: 't',
    platforms: ['linux/amd64'],
    dockerfile: 'Dockerfile',
    now: () => 0,
  });
  const events = lines.flatMap((line) => reader.line(line));
  const failure = explain(lines);
  expect(failure).toMatchObject({
    message: error.replace('me:hunter2', '**********'),
    step: run.replace('me:hunter2', '**********'),
    range: {line: 2, text: run.replace('me:hunter2', '**********')},
    logTail: ['GET https://**********@pypi.example/x', '**********@'],
  });
  expect(failure.excerpt).toHaveLength(2);
  expect(events.map(({type}) => type)).toEqual(
    expect.arrayContaining(['step-started', 'step-log', 'target-warning', 'step-finished']),
  );
  expect(JSON.stringify([events, reader.finish(), failure])).not.toContain('hunter2');
});

test('a password in a Dockerfile line that cannot be parsed is hidden', () => {
  const failure = explain(['ERROR: failed to solve: dockerfile parse error on line 1: unknown'], {
    dockerfile: {path: 'Dockerfile', text: 'RUNN curl https://me:hunter2@x.example\n'},
  });
  expect(failure.range?.text).toBe('RUNN curl https://**********@x.example');
});
