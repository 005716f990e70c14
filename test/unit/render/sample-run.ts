import type {BuildEvent} from '../../../src/events/event.ts';
import type {BuildFailed} from '../../../src/events/failure.ts';
import {textStyle} from '../../../src/render/text-style.ts';

/** No colours, Unicode signs. */
export const plainStyle = (columns = 100) => textStyle({colour: false, unicode: true, columns});

/** When the sample run starts. */
export const startedAt = 1_767_323_045_000;

const cpu = 'face-service/cpu';
const jetson = 'face-service/jetson';

export const buildFailed: BuildFailed = {
  reason: 'build-failed',
  target: jetson,
  message: 'process "/bin/sh -c make test" did not complete successfully: exit code: 2',
  platform: 'linux/arm64',
  stage: 'test',
  step: 'RUN make test',
  range: {
    file: 'dockerfiles/Dockerfile',
    line: 12,
    column: 1,
    length: 13,
    text: 'RUN make test',
  },
  excerpt: [
    {line: 11, text: 'COPY . .', failed: false},
    {line: 12, text: 'RUN make test', failed: true},
    {line: 13, text: '', failed: false},
  ],
  logTail: ['test_predict \u001b[31mFAILED\u001b[0m', 'make: *** [test] Error 2'],
  logFile: '.build-matrix/runs/r/logs/face-service/jetson.log',
  hint: 'run the tests on your machine first',
};

/** A step that runs for `durationMs` from `at` on. */
export function step(
  target: string,
  id: string,
  at: number,
  durationMs: number,
  facts: {
    readonly name: string;
    readonly platform?: string;
    readonly stage?: string;
    readonly position?: number;
    readonly count?: number;
    readonly cached?: boolean;
    readonly error?: string;
  },
): readonly [BuildEvent, BuildEvent] {
  const {name, position, count, cached = false, error, ...place} = facts;
  const identity = {target, step: id, ...place};
  return [
    {
      type: 'step-started',
      at: startedAt + at,
      ...identity,
      name,
      ...(position === undefined ? {} : {position}),
      ...(count === undefined ? {} : {count}),
    },
    {
      type: 'step-finished',
      at: startedAt + at + durationMs,
      ...identity,
      name,
      cached,
      durationMs,
      ...(error === undefined ? {} : {error}),
    },
  ];
}

const [context, contextLoaded] = step(cpu, 'c', 10, 40, {name: 'load build context'});
const [from, fromDone] = step(cpu, 'f', 60, 0, {
  name: 'FROM docker.io/library/python:3.12-slim',
  platform: 'linux/amd64',
  stage: 'base',
  position: 1,
  count: 2,
  cached: true,
});
const [install, installDone] = step(cpu, 'i', 100, 1900, {
  name: 'RUN pip install\u001b[0m -r requirements.txt',
  platform: 'linux/amd64',
  stage: 'base',
  position: 2,
  count: 2,
});
const [arm, armDone] = step(cpu, 'a', 120, 3880, {
  name: 'RUN pip install -r requirements.txt',
  platform: 'linux/arm64',
  stage: 'base',
  position: 2,
  count: 2,
});
const [exporting, exported] = step(cpu, 'e', 4000, 500, {name: 'exporting to oci image format'});
const [test, testDone] = step(jetson, 't', 200, 2300, {
  name: 'RUN make test',
  platform: 'linux/arm64',
  stage: 'test',
  position: 1,
  count: 1,
  error: buildFailed.message,
});

/** A run of three targets: one succeeds on two platforms, one fails, one is never started. */
export const sampleRun = {
  begun: [
    {
      type: 'run-started',
      at: startedAt,
      runId: '20260102-030405-000-abc',
      targets: [
        {id: cpu, platforms: ['linux/amd64', 'linux/arm64'], stages: ['base'], dependsOn: []},
        {id: jetson, platforms: ['linux/arm64'], stages: ['base', 'test'], dependsOn: []},
        {id: 'face-service/all', platforms: ['linux/arm64'], stages: [], dependsOn: [jetson]},
      ],
    },
    {
      type: 'target-started',
      at: startedAt,
      target: cpu,
      command: ['docker', 'buildx', 'build', 'a b'],
    },
    context,
    contextLoaded,
    from,
    fromDone,
    install,
    arm,
    {
      type: 'step-progress',
      at: startedAt + 130,
      target: cpu,
      step: 'a',
      platform: 'linux/arm64',
      stage: 'base',
      item: 'sha256:1',
      current: 12_000_000,
      total: 48_000_000,
    },
    {type: 'target-started', at: startedAt + 150, target: jetson, command: ['docker']},
    test,
  ],
  ended: [
    installDone,
    {
      type: 'step-log',
      at: startedAt + 2400,
      target: jetson,
      step: 't',
      platform: 'linux/arm64',
      stage: 'test',
      stream: 'stdout',
      text: 'test_predict \u001b[31mFAILED\u001b[0m',
    },
    testDone,
    {
      type: 'target-finished',
      at: startedAt + 2550,
      target: jetson,
      outcome: 'failed',
      durationMs: 2400,
      steps: {total: 1, cached: 0},
      failure: buildFailed,
    },
    {
      type: 'target-finished',
      at: startedAt + 2550,
      target: 'face-service/all',
      outcome: 'unstarted',
      durationMs: 0,
      steps: {total: 0, cached: 0},
      failure: buildFailed,
    },
    armDone,
    exporting,
    exported,
    {
      type: 'target-finished',
      at: startedAt + 4500,
      target: cpu,
      outcome: 'succeeded',
      durationMs: 4500,
      digest: `sha256:3f2a1b9c0d1e${'0'.repeat(52)}`,
      steps: {total: 3, cached: 1},
    },
    {
      type: 'run-finished',
      at: startedAt + 4500,
      runId: '20260102-030405-000-abc',
      durationMs: 4500,
      outcomes: {succeeded: 1, unchanged: 0, failed: 1, aborted: 0, unstarted: 1},
    },
  ],
} as const satisfies Readonly<Record<string, readonly BuildEvent[]>>;
