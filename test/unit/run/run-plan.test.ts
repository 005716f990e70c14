import {describe, expect, test} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {parseRecord} from '../../../src/records/record-codec.ts';
import {createDeferred} from '../../fakes/deferred.ts';
import {createRunRig, interrupted, logFileOf, recordFile, runId} from './run-rig.ts';
import {plannedTarget} from './sample-plan.ts';

const cpu = plannedTarget('cpu');
const cuda = plannedTarget('cuda');
const jetson = plannedTarget('jetson');
const outcomesOf = (record: {targets: readonly {name: string; outcome: string}[]} | null) =>
  Object.fromEntries(record?.targets.map(({name, outcome}) => [name, outcome]) ?? []);
const typesOf = (events: readonly BuildEvent[]): readonly string[] =>
  events.map((event) => ('target' in event ? `${event.type} ${event.target}` : event.type));

describe('a run in which all goes well', () => {
  const play = async () => {
    const rig = createRunRig();
    rig.docker(cpu, rig.success(cpu, {}, 1200));
    rig.docker(cuda, rig.success(cuda, {}, 300));
    const result = await rig.run([cpu, cuda], {concurrency: 1});
    return {rig, ...result};
  };

  test('is told by events from start to end', async () => {
    const {rig} = await play();
    expect(typesOf(rig.sink.events)).toEqual([
      'run-started',
      'target-started face-service/cpu',
      'target-finished face-service/cpu',
      'target-started face-service/cuda',
      'target-finished face-service/cuda',
      'run-finished',
    ]);
    expect(rig.sink.ofType('run-started')).toEqual([
      {
        type: 'run-started',
        at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
        runId,
        targets: [cpu, cuda].map(({id}) => ({
          id,
          platforms: ['linux/amd64'],
          stages: ['runtime'],
          dependsOn: [],
        })),
      },
    ]);
    expect(rig.sink.ofType('target-finished')[0]).toEqual({
      type: 'target-finished',
      at: Date.UTC(2026, 0, 2, 3, 4, 6, 878),
      target: 'face-service/cpu',
      outcome: 'succeeded',
      durationMs: 1200,
      digest: rig.digestOf('cpu'),
      sizes: [{platform: 'linux/amd64', compressedBytes: 1234}],
      steps: {total: 0, cached: 0},
    });
    expect(rig.sink.ofType('run-finished')).toEqual([
      {
        type: 'run-finished',
        at: Date.UTC(2026, 0, 2, 3, 4, 7, 178),
        runId,
        durationMs: 1500,
        outcomes: {succeeded: 2, unchanged: 0, failed: 0, aborted: 0, unstarted: 0},
        recordFile,
      },
    ]);
  });

  test('leaves a record of digests, layers and sizes, and no failure', async () => {
    const {rig, record, failures} = await play();
    expect(failures).toEqual([]);
    expect(record).toMatchObject({
      runId,
      outcome: 'succeeded',
      startedAt: '2026-01-02T03:04:05.678Z',
      finishedAt: '2026-01-02T03:04:07.178Z',
      engine: {docker: '28.5.2', buildx: '0.29.1'},
    });
    expect(record?.targets[1]).toMatchObject({
      id: 'face-service/cuda',
      outcome: 'succeeded',
      startedAt: '2026-01-02T03:04:06.878Z',
      durationMs: 300,
      digest: rig.digestOf('cuda'),
      platforms: [{platform: 'linux/amd64', digest: rig.digestOf('cuda'), compressedBytes: 1234}],
      logFile: logFileOf('cuda'),
      failure: null,
    });
    expect(parseRecord(recordFile, rig.files.texts.get(recordFile) ?? '')).toEqual({
      ok: true,
      value: record,
    });
  });

  test('runs the very commands of the plan', async () => {
    const {rig} = await play();
    expect(rig.processes.requests).toMatchObject(
      [cpu, cuda].map(({command}) => ({
        command: command.program,
        args: command.args,
        env: command.env,
        collect: false,
      })),
    );
  });

  test('gives its locks back', async () => {
    const {rig} = await play();
    expect([...rig.files.texts.keys()].filter((path) => path.includes('.lock'))).toEqual([]);
  });
});

test('a run that is killed leaves a readable record: what was done, what ran', async () => {
  const rig = createRunRig();
  const never = new Promise<void>(() => undefined);
  const cudaRuns = createDeferred();
  rig.docker(cpu, rig.success(cpu));
  rig.docker(cuda, {
    until: never,
    effect: () => {
      cudaRuns.resolve();
    },
  });
  void rig.run([cpu, cuda, jetson], {concurrency: 1});
  await cudaRuns.promise;
  await new Promise(setImmediate);
  const parsed = parseRecord(recordFile, rig.files.texts.get(recordFile) ?? '');
  const record = parsed.ok ? parsed.value : null;
  expect(record).toMatchObject({outcome: 'running', finishedAt: null});
  expect(outcomesOf(record)).toEqual({cpu: 'succeeded', cuda: 'running', jetson: 'unstarted'});
  expect(rig.files.texts.get('.build-matrix/runs/latest')).toBe(`${runId}\n`);
});

describe('a target that fails', () => {
  const failing = {exitCode: 1, stderr: ['ERROR: failed to build: failed to solve: boom']};
  const onCpu = plannedTarget('on-cpu', {dependsOn: [cpu.id]});
  const onThat = plannedTarget('on-that', {dependsOn: [onCpu.id]});

  test('keeps only what builds on it from starting, and is named as the cause', async () => {
    const rig = createRunRig();
    rig.docker(cpu, failing);
    rig.docker(cuda, rig.success(cuda));
    const {record, failures} = await rig.run([cpu, onCpu, onThat, cuda]);
    expect(outcomesOf(record)).toEqual({
      cpu: 'failed',
      'on-cpu': 'unstarted',
      'on-that': 'unstarted',
      cuda: 'succeeded',
    });
    expect(record?.outcome).toBe('failed');
    expect(failures).toMatchObject([{reason: 'build-failed', target: 'face-service/cpu'}]);
    for (const name of ['on-cpu', 'on-that']) {
      expect(record?.targets.find((target) => target.name === name)).toMatchObject({
        startedAt: null,
        durationMs: 0,
        logFile: null,
        failure: {reason: 'build-failed', target: 'face-service/cpu'},
      });
    }
    expect(rig.sink.ofType('run-finished')[0]?.outcomes).toEqual({
      succeeded: 1,
      unchanged: 0,
      failed: 1,
      aborted: 0,
      unstarted: 2,
    });
  });

  test('ends the others at once with fail-fast, and nothing new starts', async () => {
    const rig = createRunRig();
    const cudaRuns = createDeferred();
    rig.docker(cpu, {...failing, until: cudaRuns.promise});
    rig.docker(cuda, {
      until: new Promise(() => undefined),
      effect: () => {
        cudaRuns.resolve();
      },
    });
    const {record, failures} = await rig.run([cpu, cuda, jetson], {failureMode: 'fail-fast'});
    expect(outcomesOf(record)).toEqual({cpu: 'failed', cuda: 'aborted', jetson: 'unstarted'});
    expect(failures).toMatchObject([{reason: 'build-failed', target: 'face-service/cpu'}]);
    expect(record?.targets.map(({failure}) => failure)).toEqual([
      failures[0],
      failures[0],
      failures[0],
    ]);
    expect(rig.processes.requests).toHaveLength(2);
  });

  test('failures come in the order of the plan, whichever came first', async () => {
    const rig = createRunRig();
    const cudaFailed = createDeferred();
    rig.docker(cpu, {...failing, until: cudaFailed.promise});
    rig.docker(cuda, {
      ...failing,
      effect: () => {
        cudaFailed.resolve();
      },
    });
    const {failures} = await rig.run([cpu, cuda]);
    expect(failures).toMatchObject([{target: cpu.id}, {target: cuda.id}]);
  });
});

describe('a run that is interrupted', () => {
  const play = async () => {
    const rig = createRunRig((event) => {
      if (event.type === 'target-finished') rig.stop.abort(interrupted);
    });
    rig.docker(cpu, rig.success(cpu));
    rig.docker(cuda, {until: new Promise(() => undefined)});
    return {rig, ...(await rig.run([cpu, cuda, jetson]))};
  };

  test('records what was finished and ends what runs', async () => {
    const {rig, record, failures} = await play();
    expect(record?.outcome).toBe('interrupted');
    expect(outcomesOf(record)).toEqual({cpu: 'succeeded', cuda: 'aborted', jetson: 'unstarted'});
    expect(record?.targets.map(({failure}) => failure)).toEqual([null, interrupted, interrupted]);
    expect(failures).toEqual([interrupted]);
    expect(rig.processes.running).toBe(0);
    expect(parseRecord(recordFile, rig.files.texts.get(recordFile) ?? '')).toEqual({
      ok: true,
      value: record,
    });
  });

  test('gives its locks back', async () => {
    const {rig} = await play();
    expect([...rig.files.texts.keys()].filter((path) => path.includes('.lock'))).toEqual([]);
  });

  test('builds nothing when it is stopped before it begins', async () => {
    const rig = createRunRig();
    rig.stop.abort(interrupted);
    const {record} = await rig.run([cpu, cuda]);
    expect(outcomesOf(record)).toEqual({cpu: 'unstarted', cuda: 'unstarted'});
    expect(rig.processes.requests).toEqual([]);
  });
});

describe('a run that cannot begin', () => {
  test('when another run builds one of its targets: nothing is built or written', async () => {
    const rig = createRunRig();
    const lock = '.build-matrix/work/face-service/cuda.lock';
    rig.files.put(
      lock,
      JSON.stringify({pid: 100, host: 'laptop', identity: 'self', runId: 'run-0'}),
    );
    const before = rig.files.texts;
    expect(await rig.run([cpu, cuda])).toEqual({
      record: null,
      failures: [
        {
          reason: 'engine-unusable',
          problem: 'state-busy',
          message: 'face-service/cuda is being built by process 100 on laptop (run run-0)',
          remedy: `Wait until it has ended. If no such run is left, delete ${lock} and try again.`,
        },
      ],
    });
    expect(rig.files.texts).toEqual(before);
    expect(rig.sink.events).toEqual([]);
    expect(rig.processes.requests).toEqual([]);
  });

  test('when its record cannot be written: nothing is built, and the locks are given back', async () => {
    const rig = createRunRig();
    rig.files.fail('writeAtomic', recordFile, 'ENOSPC: no space left on device');
    expect(await rig.run([cpu])).toEqual({
      record: null,
      failures: [
        {
          reason: 'file-unusable',
          path: recordFile,
          message: 'ENOSPC: no space left on device',
        },
      ],
    });
    expect(rig.processes.requests).toEqual([]);
    expect([...rig.files.texts.keys()]).toEqual(['dockerfiles/Dockerfile']);
  });
});

describe('a disk that fills up during the run', () => {
  test('stops no build; the record that is lost is a failure', async () => {
    const rig = createRunRig();
    rig.docker(
      cpu,
      rig.success(cpu, {
        effect: () => {
          rig.files.fail('writeAtomic', recordFile, 'ENOSPC: no space left on device');
        },
      }),
    );
    const {record, failures} = await rig.run([cpu]);
    expect(outcomesOf(record)).toEqual({cpu: 'succeeded'});
    expect(failures).toEqual([
      {reason: 'file-unusable', path: recordFile, message: 'ENOSPC: no space left on device'},
    ]);
    expect(rig.sink.ofType('run-finished')[0]).not.toHaveProperty('recordFile');
  });

  test('so does a log that cannot be written', async () => {
    const rig = createRunRig();
    rig.files.fail('append', logFileOf('cpu'), 'ENOSPC: no space left on device');
    rig.docker(cpu, rig.success(cpu));
    const {record, failures} = await rig.run([cpu]);
    expect(outcomesOf(record)).toEqual({cpu: 'succeeded'});
    expect(failures).toEqual([
      {
        reason: 'file-unusable',
        path: logFileOf('cpu'),
        message: 'ENOSPC: no space left on device',
      },
    ]);
  });
});

test('a bug in one build is that target’s failure; the others go on', async () => {
  const rig = createRunRig();
  rig.docker(cpu, {
    effect: () => {
      throw new Error('cannot happen');
    },
  });
  rig.docker(cuda, rig.success(cuda));
  const {record, failures} = await rig.run([cpu, cuda]);
  expect(outcomesOf(record)).toEqual({cpu: 'failed', cuda: 'succeeded'});
  expect(failures).toMatchObject([
    {reason: 'unknown-error', message: 'face-service/cpu: cannot happen'},
  ]);
  expect(
    rig.sink.ofType('target-finished').map(({target, outcome}) => `${target} ${outcome}`),
  ).toContain('face-service/cpu failed');
});

test('targets without any are a run that succeeds', async () => {
  const {record, failures} = await createRunRig().run([]);
  expect({outcome: record?.outcome, failures}).toEqual({outcome: 'succeeded', failures: []});
});
