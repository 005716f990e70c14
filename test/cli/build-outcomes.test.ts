import {setTimeout as sleep} from 'node:timers/promises';

import {describe, expect} from 'vitest';

import {test} from '../rig/command-rig.ts';
import {failBuild} from '../rig/failed-build.ts';
import {latestRecord, outcomesOf} from '../rig/latest-record.ts';
import {writeTargets, writeThreeTargets} from '../rig/three-targets.ts';

/** Long enough for a target to start that should not. */
const settleMs = 300;

describe('every target that succeeds', () => {
  test('is recorded with what was read back from its layout', async ({rig}) => {
    await writeTargets(rig, ['one: {platforms: [linux/amd64, linux/arm64]}']);
    const command = rig.start(['build']);
    const one = await rig.docker.nextBuild('one');
    expect(one.env).toMatchObject({BUILDX_METADATA_PROVENANCE: 'disabled'});
    const image = await one.succeed();
    const {exitCode, stdout} = await command.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toContain(image.digest.slice('sha256:'.length, 'sha256:'.length + 12));

    const record = await latestRecord(rig.folder);
    expect(record).toMatchObject({
      outcome: 'succeeded',
      engine: {docker: '28.5.2', buildx: '0.29.1', builders: [{name: 'fake'}]},
      git: {branch: 'main', dirty: false},
    });
    expect(record.targets).toMatchObject([
      {
        id: 'app/one',
        outcome: 'succeeded',
        digest: image.digest,
        platforms: [
          {
            platform: 'linux/amd64',
            digest: image.manifests['linux/amd64'],
            compressedBytes: 1000,
          },
          {
            platform: 'linux/arm64',
            digest: image.manifests['linux/arm64'],
            compressedBytes: 1000,
          },
        ],
      },
    ]);
  });

  test('was built by the very command that `plan` shows', async ({rig}) => {
    await writeThreeTargets(rig);
    const plan = JSON.parse((await rig.run(['plan', 'one', '--json'])).stdout) as {
      targets: {command: {args: string[]}}[];
    };
    const command = rig.start(['build', 'one']);
    const one = await rig.docker.nextBuild('one');
    await one.succeed();
    await command.ended;
    // Labels of inputs are known when docker is about to run.
    const filled = one.args.map((argument) =>
      argument
        .replace(/^(dev\.build-matrix\.inputs)=1:sha256:[0-9a-f]{64}$/u, '$1={inputs:app/one}')
        .replace(/^(dev\.build-matrix\.input-parts)=\{".*"\}$/u, '$1={input-parts:app/one}'),
    );
    expect(filled).toEqual(plan.targets[0]?.command.args);
    expect(one.cwd).toBe(rig.folder);
  });
});

describe('secrets that are missing', () => {
  test('stop the build before docker is asked for anything', async ({rig}) => {
    await writeTargets(rig, [
      'one: {secrets: [{id: a, env: NO_SUCH_VARIABLE}, {id: b, file: no/such}]}',
    ]);
    await rig.write('src/Dockerfile', 'FROM scratch\nRUN --mount=type=secret,id=a true\n');
    const {exitCode, stdout, stderr} = await rig.run(['build']);
    expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''});
    expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toEqual([
      'error: the variable `NO_SUCH_VARIABLE` of secret `a` is not set',
      'error: the file `no/such` of secret `b` does not exist',
    ]);
    expect((await rig.run(['validate'])).exitCode).toBe(0);
  });
});

describe('a target that fails', () => {
  test('stops nothing else, and its log is kept whole', async ({rig}) => {
    await writeThreeTargets(rig);
    const command = rig.start(['build', '--concurrency', '1']);
    failBuild(await rig.docker.nextBuild('one'));
    await (await rig.docker.nextBuild('two')).succeed();
    await (await rig.docker.nextBuild('three')).succeed();
    const {exitCode, stderr} = await command.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('src/Dockerfile:4');
    expect(stderr).toContain('no good');

    const record = await latestRecord(rig.folder);
    expect(record.outcome).toBe('failed');
    expect(outcomesOf(record)).toEqual({one: 'failed', two: 'succeeded', three: 'succeeded'});
    const log = await rig.read(record.targets[0]?.logFile ?? '');
    expect(log).toContain(`[linux/amd64 runtime 1/1] RUN check
[linux/amd64 runtime 1/1] no good
[linux/amd64 runtime 1/1] ERROR: process "/bin/sh -c check" did not complete successfully: exit code: 1
Dockerfile:4
--------------------
   3 |     FROM base AS runtime
   4 | >>> RUN check
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c check" did not complete
FAILED `);
  });

  test('with --fail-fast ends the others at once, and nothing new starts', async ({rig}) => {
    await writeThreeTargets(rig);
    const command = rig.start(['build', '--fail-fast', '--concurrency', '2']);
    const one = await rig.docker.nextBuild('one');
    const two = await rig.docker.nextBuild('two');
    failBuild(one);
    expect((await command.ended).exitCode).toBe(1);
    expect(two.signals).toEqual(['SIGTERM']);
    expect(rig.docker.untaken).toEqual([]);
    expect(outcomesOf(await latestRecord(rig.folder))).toEqual({
      one: 'failed',
      two: 'aborted',
      three: 'unstarted',
    });
  });

  test('keeps what builds on it from starting', async ({rig}) => {
    await writeTargets(rig, [
      'one: {}',
      'two: {contexts: {base: "target:one"}}',
      'three: {contexts: {base: "target:two"}}',
    ]);
    const command = rig.start(['build']);
    failBuild(await rig.docker.nextBuild('one'));
    const {exitCode} = await command.ended;
    expect(exitCode).toBe(1);
    expect(rig.docker.untaken).toEqual([]);
    const record = await latestRecord(rig.folder);
    expect(outcomesOf(record)).toEqual({one: 'failed', two: 'unstarted', three: 'unstarted'});
    expect(record.targets[2]?.failure).toMatchObject({reason: 'build-failed', target: 'app/one'});
  });
});

describe('--progress json', () => {
  const types = (stderr: string): readonly unknown[] =>
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as {type: unknown}).type);

  test('makes standard error lines of JSON, warnings and failures too', async ({rig}) => {
    await writeTargets(rig, ['one: {args: {UNUSED: "1"}}']);
    const command = rig.start(['build', '--progress', 'json'], {cwd: 'src'});
    failBuild(await rig.docker.nextBuild('one'));
    const {exitCode, stderr} = await command.ended;
    expect(exitCode).toBe(1);
    const seen = types(stderr);
    expect(seen.slice(0, 2)).toEqual(['notice', 'run-started']);
    expect(seen.slice(-3)).toEqual(['target-finished', 'run-finished', 'failed']);
  });

  test('also when nothing was begun', async ({rig}) => {
    for (const args of [['nosuch'], ['--nosuch']]) {
      const {exitCode, stderr} = await rig.run(['build', '--progress=json', ...args]);
      expect(exitCode).toBe(2);
      expect(types(stderr)).toEqual(['failed']);
    }
  });
});

test('at most --concurrency targets build at once, in the order of the file', async ({rig}) => {
  await writeThreeTargets(rig);
  const command = rig.start(['build', '--concurrency', '2']);
  const one = await rig.docker.nextBuild('one');
  const two = await rig.docker.nextBuild('two');
  await sleep(settleMs);
  expect(rig.docker.untaken).toEqual([]);
  await two.succeed();
  const three = await rig.docker.nextBuild('three');
  await one.succeed();
  await three.succeed();
  expect((await command.ended).exitCode).toBe(0);
});

test('a target starts when what it builds on is done, and not before', async ({rig}) => {
  await writeTargets(rig, ['one: {}', 'two: {contexts: {base: "target:one"}}']);
  const command = rig.start(['build', 'two', '--concurrency', '5']);
  const one = await rig.docker.nextBuild('one');
  await sleep(settleMs);
  expect(rig.docker.untaken).toEqual([]);
  await one.succeed();
  await (await rig.docker.nextBuild('two')).succeed();
  expect((await command.ended).exitCode).toBe(0);
});

test('what an earlier build left is never taken for the result', async ({rig}) => {
  await writeThreeTargets(rig);
  const first = rig.start(['build', 'one']);
  await (await rig.docker.nextBuild('one')).succeed();
  await first.ended;
  expect(await rig.read('.build-matrix/work/app/one.json')).toContain('containerimage.digest');

  const second = rig.start(['build', 'one', '--force']);
  (await rig.docker.nextBuild('one')).exit(0);
  const {exitCode, stderr} = await second.ended;
  expect(exitCode).toBe(1);
  expect(stderr).toContain('buildx succeeded but wrote no .build-matrix/work/app/one.json');
});

describe('two runs at once', () => {
  test('of one target: the second says who builds it, and starts nothing', async ({rig}) => {
    await writeThreeTargets(rig);
    const first = rig.start(['build', 'one']);
    const one = await rig.docker.nextBuild('one');
    const second = await rig.run(['build', 'one', 'two']);
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain(`app/one is being built by process ${first.pid} on `);
    expect(rig.docker.untaken).toEqual([]);
    await one.succeed();
    expect((await first.ended).exitCode).toBe(0);
  });

  test('of different targets do not hinder each other', async ({rig}) => {
    await writeThreeTargets(rig);
    const first = rig.start(['build', 'one']);
    const one = await rig.docker.nextBuild('one');
    const second = rig.start(['build', 'two']);
    await (await rig.docker.nextBuild('two')).succeed();
    expect((await second.ended).exitCode).toBe(0);
    await one.succeed();
    expect((await first.ended).exitCode).toBe(0);
  });
});
