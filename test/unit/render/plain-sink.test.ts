import {describe, expect, it} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {plainSink} from '../../../src/render/plain-sink.ts';
import {plainStyle, sampleRun, startedAt, step} from './sample-run.ts';

async function linesOf(
  events: readonly BuildEvent[],
  options: {readonly verbose?: boolean; readonly stopping?: AbortController} = {},
): Promise<readonly string[]> {
  let text = '';
  const sink = plainSink({
    write: (part) => (text += part),
    style: plainStyle(),
    verbose: options.verbose ?? false,
    stopping: (options.stopping ?? new AbortController()).signal,
  });
  for (const event of events) sink.handle(event);
  options.stopping?.abort();
  await sink.close();
  return text.split('\n').slice(0, -1);
}

const all = [...sampleRun.begun, ...sampleRun.ended];

describe('plainSink', () => {
  it('prints a line for each step, and what a failed one printed', async () => {
    expect(await linesOf(all)).toEqual([
      '[cpu linux/amd64 base 1/2] CACHED FROM docker.io/library/python:3.12-slim',
      '[cpu linux/amd64 base 2/2] RUN pip install -r requirements.txt',
      '[cpu linux/arm64 base 2/2] RUN pip install -r requirements.txt',
      '[jetson linux/arm64 test 1/1] RUN make test',
      '[cpu linux/amd64 base 2/2] DONE 1.9s',
      '[jetson linux/arm64 test 1/1] | test_predict FAILED',
      '[jetson linux/arm64 test 1/1] FAILED 2.3s: exit code 2',
      '✖ [jetson] failed after 2.4s',
      '⊘ [all] not started: jetson failed',
      '[cpu linux/arm64 base 2/2] DONE 3.9s',
      '[cpu] DONE exporting to oci image format 0.5s',
      `✔ [cpu] built in 4.5s, 1 of 3 steps cached sha256:3f2a1b9c0d1e${'0'.repeat(52)}`,
    ]);
  });

  it('a cache that is not there yet is no failure', async () => {
    const name = 'importing cache manifest from ghcr.io/acme/face:cache';
    const event = {type: 'step-finished', at: startedAt, target: 't', step: 's', name} as const;
    const lines = await linesOf([{...event, cached: false, durationMs: 5, error: 'not found'}]);
    expect(lines).toEqual([`[t] NO CACHE ${name}: not found`]);
  });

  it('adds commands, preparations and everything that is printed when verbose', async () => {
    expect((await linesOf(all, {verbose: true})).slice(0, 5)).toEqual([
      "[cpu] docker buildx build 'a b'",
      '[cpu] DONE load build context 0.0s',
      '[cpu linux/amd64 base 1/2] CACHED FROM docker.io/library/python:3.12-slim',
      '[cpu linux/amd64 base 2/2] RUN pip install -r requirements.txt',
      '[cpu linux/arm64 base 2/2] RUN pip install -r requirements.txt',
    ]);
  });

  it('tells slow preparations, and names them', async () => {
    const slow = step('face-service/cpu', 's', 0, 5000, {name: 'load build context'});
    expect(await linesOf(slow)).toEqual(['[face-service/cpu] DONE load build context 5.0s']);
  });

  it('keeps the last hundred lines of a step and says how many are missing', async () => {
    const [started, failed] = step('t', 's', 0, 5000, {name: 'RUN x', error: 'boom'});
    const log = Array.from({length: 130}, (_, index): BuildEvent => ({
      type: 'step-log',
      at: startedAt,
      target: 't',
      step: 's',
      stream: 'stderr',
      text: `line ${String(index)}`,
    }));
    const lines = await linesOf([started, ...log, failed]);
    expect(lines.slice(0, 3)).toEqual([
      '[t] RUN x',
      '[t] | (30 earlier lines are in the log file)',
      '[t] | line 30',
    ]);
    expect(lines.slice(-2)).toEqual(['[t] | line 129', '[t] FAILED RUN x 5.0s: boom']);
    expect(lines).toHaveLength(103);
  });

  it('prints nothing of what succeeded steps print', async () => {
    const [started, finished] = step('t', 's', 0, 400, {
      name: 'RUN x',
      stage: 'a',
      position: 1,
      count: 1,
    });
    const log: BuildEvent = {
      type: 'step-log',
      at: startedAt,
      target: 't',
      step: 's',
      stream: 'stdout',
      text: 'noise',
    };
    expect(await linesOf([started, log, finished])).toEqual([
      '[t a 1/1] RUN x',
      '[t a 1/1] DONE 0.4s',
    ]);
  });

  it('says once that it is stopping', async () => {
    expect(await linesOf([], {stopping: new AbortController()})).toEqual([
      'stopping (Ctrl-C again to kill)',
    ]);
  });

  it('calls targets by their whole id where the short one is not unique', async () => {
    const target = (id: string) => ({id, platforms: [], stages: [], dependsOn: []});
    const targets = [target('a/cpu'), target('b/cpu'), target('b/cuda')];
    const finished = (id: string): BuildEvent => ({
      type: 'target-finished',
      at: 0,
      target: id,
      outcome: 'aborted',
      durationMs: 1000,
      steps: {total: 0, cached: 0},
    });
    expect(
      await linesOf([
        {type: 'run-started', at: 0, runId: 'r', targets},
        ...targets.map(({id}) => finished(id)),
      ]),
    ).toEqual([
      '⊘ [a/cpu] stopped after 1.0s',
      '⊘ [b/cpu] stopped after 1.0s',
      '⊘ [cuda] stopped after 1.0s',
    ]);
  });
});
