import {describe, expect, it} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {details, progressRows, type Detail} from '../../../src/render/progress-rows.ts';
import {
  applyEvent,
  emptyProgress,
  type KnownStages,
  type RunProgress,
} from '../../../src/render/progress-state.ts';
import {textWidth} from '../../../src/render/text-width.ts';
import {plainStyle, sampleRun, startedAt, step} from './sample-run.ts';

function progressAfter(events: readonly BuildEvent[], known: KnownStages = new Map()): RunProgress {
  const progress = emptyProgress();
  for (const event of events) applyEvent(progress, event, known);
  return progress;
}

function rowsOf(
  progress: RunProgress,
  detail: Detail,
  options: {readonly columns?: number; readonly stopping?: boolean} = {},
): readonly string[] {
  const rows = progressRows({
    progress,
    detail,
    stopping: options.stopping ?? false,
    now: startedAt + 2000,
    frame: 0,
    style: plainStyle(options.columns ?? 70),
  });
  return [...rows.values()];
}

describe('progressRows', () => {
  const running = progressAfter(sampleRun.begun);

  it('shows the steps of the stages at work', () => {
    expect(rowsOf(running, 'steps')).toEqual([
      '⠋ face-service/cpu                                              2.0s',
      '⠋ linux/amd64',
      '⠋ base  1/2, 1 cached                                       1.9s',
      '✔ FROM docker.io/library/python:3.12-slim               cached',
      '⠋ RUN pip install -r requirements.txt                     1.9s',
      '⠋ linux/arm64',
      '⠋ base  0/2                                                 1.9s',
      '⠋ RUN pip install -r requirements.txt  12.0 MB of 48.0…   1.9s',
      '⠋ face-service/jetson  linux/arm64                              1.9s',
      '· base',
      '⠋ test  0/1                                                   1.8s',
      '⠋ RUN make test                                             1.8s',
      '· face-service/all     waits for face-service/jetson',
    ]);
  });

  it('leaves out steps that have ended, then steps, then stages', () => {
    expect(rowsOf(running, 'running-steps')).toHaveLength(12);
    expect(rowsOf(running, 'stages')).toHaveLength(9);
    expect(rowsOf(running, 'targets')).toEqual([
      '⠋ face-service/cpu     linux/amd64 base 2/2, linux/arm64 bas…   2.0s',
      '⠋ face-service/jetson  test 1/1  RUN make test                  1.9s',
      '· face-service/all     waits for face-service/jetson',
    ]);
  });

  it('shows only what is at work, and how many there are, when there are too many', () => {
    expect(rowsOf(running, 'busy-targets')).toEqual([
      '⠋ face-service/cpu     linux/amd64 base 2/2, linux/arm64 bas…   2.0s',
      '⠋ face-service/jetson  test 1/1  RUN make test                  1.9s',
      '⠋ 3 targets  2 running, 1 waiting                               2.0s',
    ]);
  });

  it('shows the way to what failed, and one row for all else, when targets have ended', () => {
    const ended = progressAfter([...sampleRun.begun, ...sampleRun.ended]);
    expect(rowsOf(ended, 'steps')).toEqual([
      '✔ face-service/cpu     sha256:3f2a1b9c0d1e  3 steps, 1 cached   4.5s',
      '✖ face-service/jetson  exit code 2                              2.4s',
      '✖ test  1/1                                                   2.3s',
      '✖ RUN make test                                             2.3s',
      '⊘ face-service/all     not started: face-service/jetson failed',
    ]);
  });

  it('says that it is stopping', () => {
    expect(rowsOf(running, 'targets', {stopping: true}).at(-1)).toBe(
      '⊘ stopping (Ctrl-C again to kill)',
    );
  });

  it('keeps every row within the terminal, whatever is shown', () => {
    for (const detail of details) {
      for (const columns of [40, 60, 80, 140]) {
        for (const row of rowsOf(running, detail, {columns})) {
          expect(textWidth(row)).toBeLessThanOrEqual(columns - 2);
        }
      }
    }
  });

  it('takes a stage for done once all steps but a replaced FROM have ended', () => {
    const targets = [{id: 't', platforms: ['p'], stages: ['base'], dependsOn: []}];
    const run = [
      {type: 'run-started', at: startedAt, runId: 'r', targets},
      {type: 'target-started', at: startedAt, target: 't', command: []},
      ...step('t', 's', 0, 1000, {
        name: 'RUN x',
        platform: 'p',
        stage: 'base',
        position: 1,
        count: 2,
      }),
    ] as const satisfies readonly BuildEvent[];
    const replaced = new Map([['t', [{name: 'base', fromImage: true}]]]);
    const ofStage = new Map([['t', [{name: 'base', fromImage: false}]]]);
    expect(rowsOf(progressAfter(run, replaced), 'stages')[1]).toMatch(
      /^✔ base {2}1 step {2,}1.0s$/,
    );
    expect(rowsOf(progressAfter(run, ofStage), 'stages')[1]).toMatch(/^· base {2}1\/2 {2,}1.0s$/);
  });

  it('shows a stage beside the shipped ones once it begins, at its place in the Dockerfile', () => {
    const targets = [{id: 't', platforms: ['p'], stages: ['base', 'runtime'], dependsOn: []}];
    const known = new Map([
      ['t', ['base', 'test', 'runtime'].map((name) => ({name, fromImage: false}))],
    ]);
    const begun = [
      {type: 'run-started', at: startedAt, runId: 'r', targets},
      {type: 'target-started', at: startedAt, target: 't', command: []},
    ] as const satisfies readonly BuildEvent[];
    const [started] = step('t', 's', 0, 1, {name: 'RUN x', platform: 'p', stage: 'test'});
    const stages = (events: readonly BuildEvent[]): readonly string[] =>
      rowsOf(progressAfter(events, known), 'stages')
        .slice(1)
        .map((row) => row.split(' ')[1] ?? '');
    expect(stages(begun)).toEqual(['base', 'runtime']);
    expect(stages([...begun, started])).toEqual(['base', 'test', 'runtime']);
  });
});

describe('a step', () => {
  const place = {name: 'RUN make', platform: 'linux/amd64', stage: 'base', position: 2, count: 2};
  const signOf = (...events: readonly BuildEvent[]): string | undefined =>
    rowsOf(progressAfter([...sampleRun.begun, ...events]), 'steps')
      .find((row) => row.includes('RUN make '))
      ?.slice(0, 1);
  const [begins, fails] = step('face-service/cpu', 'm', 200, 10, {...place, error: 'exit code: 2'});
  const [, stops] = step('face-service/cpu', 'm', 200, 10, {...place, error: 'cancelled'});
  const [again, ends] = step('face-service/cpu', 'm', 300, 10, place);

  it('that was only cancelled by the failure of another is not shown as failed', () => {
    expect(signOf(begins, fails)).toBe('✖');
    expect(signOf(begins, stops)).toBe('⊘');
  });

  it('that starts again runs again', () => {
    expect(signOf(begins, ends)).toBe('✔');
    expect(signOf(begins, ends, again)).toBe('⠋');
  });
});
