import fc from 'fast-check';
import {beforeEach, describe, expect, test} from 'vitest';
import {createProgressReader, type ProgressReader} from '../../../src/docker/raw-progress.ts';
import type {BuildEvent} from '../../../src/events/event.ts';
import {recordedLines} from './recorded.ts';

let now = 0;
let reader: ProgressReader;
const target = 'face/cpu';

function open(platforms = ['linux/amd64']): ProgressReader {
  return createProgressReader({
    target,
    platforms,
    dockerfile: 'dockerfiles/Dockerfile.cpu',
    now: () => now,
  });
}

beforeEach(() => {
  now = 1000;
  reader = open();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const time = (seconds: number): string =>
  `2026-01-01T00:00:${seconds.toFixed(9).padStart(12, '0')}Z`;
const feed = (status: object): readonly BuildEvent[] => reader.line(JSON.stringify(status));
const vertex = (fields: object): readonly BuildEvent[] =>
  feed({vertexes: [{digest: 'sha256:a', name: '[install 2/3] RUN x', ...fields}]});
const identity = {at: 1000, target, step: 'sha256:a', platform: 'linux/amd64', stage: 'install'};

describe('a step', () => {
  test('is announced without an event, starts, and finishes with its duration', () => {
    expect(vertex({})).toEqual([]);
    expect(vertex({started: time(1)})).toEqual([
      {type: 'step-started', ...identity, name: 'RUN x', position: 2, count: 3},
    ]);
    expect(vertex({started: time(1), completed: time(3.5)})).toEqual([
      {type: 'step-finished', ...identity, name: 'RUN x', cached: false, durationMs: 2500},
    ]);
    expect(reader.finish()).toMatchObject({
      steps: {total: 1, cached: 0},
      failed: [],
      builtVertexes: new Set(['sha256:a']),
    });
  });

  test('that is only announced does not count', () => {
    vertex({});
    expect(reader.finish().steps).toEqual({total: 0, cached: 0});
  });

  test('without inputs is a source, and the last of all changes is known', () => {
    vertex({started: time(1), completed: time(3.5), inputs: ['sha256:b']});
    vertex({digest: 'sha256:b', started: time(1), completed: time(2)});
    vertex({digest: 'sha256:c', inputs: null});
    expect(reader.finish()).toMatchObject({
      sources: new Set(['sha256:b', 'sha256:c']),
      lastChangeAt: Date.parse(time(3.5)),
    });
  });

  test('that the cache answers starts and finishes at once', () => {
    expect(vertex({started: time(1), completed: time(1), cached: true})).toMatchObject([
      {type: 'step-started'},
      {type: 'step-finished', cached: true, durationMs: 0},
    ]);
    expect(reader.finish()).toMatchObject({steps: {total: 1, cached: 1}, builtVertexes: new Set()});
  });

  test('that is told again says nothing new', () => {
    vertex({started: time(1), completed: time(2)});
    expect(vertex({started: time(1), completed: time(2)})).toEqual([]);
    expect(vertex({started: time(1)})).toEqual([]);
    expect(vertex({})).toEqual([]);
  });

  test('that runs twice starts again, and overlapping times count once', () => {
    vertex({started: time(1), completed: time(2)});
    expect(vertex({started: time(4)})).toMatchObject([{type: 'step-started'}]);
    vertex({started: time(5)});
    expect(vertex({started: time(4), completed: time(6)})).toEqual([]);
    expect(vertex({started: time(5), completed: time(7)})).toMatchObject([
      {type: 'step-finished', durationMs: 4000},
    ]);
    expect(reader.finish().steps.total).toBe(1);
  });

  test('of no stage has no platform and no stage, and does not count', () => {
    expect(vertex({name: '[internal] load build context', started: time(1)})).toEqual([
      {type: 'step-started', at: 1000, target, step: 'sha256:a', name: 'load build context'},
    ]);
    expect(reader.finish().steps.total).toBe(0);
  });

  test('of an only stage has the name that the Dockerfile gives it', () => {
    const context = {target, platforms: ['linux/amd64'], dockerfile: 'd', now: () => now};
    reader = createProgressReader({...context, stages: [{name: 'base'}]});
    expect(vertex({name: '[2/3] RUN x', started: time(1)})).toMatchObject([{stage: 'base'}]);
    reader = createProgressReader({...context, stages: [{name: null}]});
    expect(vertex({name: '[2/3] RUN x', started: time(1)})).toMatchObject([{stage: 'stage-0'}]);
    reader = createProgressReader({...context, stages: [{name: 'base'}, {name: 'run'}]});
    expect(vertex({name: '[run 2/3] RUN x', started: time(1)})).toMatchObject([{stage: 'run'}]);
    reader = createProgressReader({...context, stages: [{name: 'base'}]});
    expect(vertex({name: 'exporting', started: time(1)})[0]).not.toHaveProperty('stage');
  });

  test('that another build has named after a stage of its own is in none of ours', () => {
    const context = {target, platforms: ['linux/amd64'], dockerfile: 'd', now: () => now};
    const stages = [{name: 'Base'}, {name: null}];
    const stageOf = (name: string): unknown => {
      reader = createProgressReader({...context, stages});
      const [event] = vertex({name, started: time(1)});
      return event !== undefined && 'stage' in event ? event.stage : undefined;
    };
    expect(stageOf('[base 2/3] RUN x')).toBe('base');
    expect(stageOf('[stage-1 2/3] RUN x')).toBe('stage-1');
    expect(stageOf('[other 2/3] RUN x')).toBeUndefined();
  });

  test('has no platform when several are built and its name tells none', () => {
    reader = open(['linux/amd64', 'linux/arm64']);
    expect(vertex({started: time(1)})[0]).not.toHaveProperty('platform');
  });
});

describe('a group of vertexes', () => {
  const group = (digest: string, weak: boolean, fields: object): readonly BuildEvent[] =>
    feed({
      vertexes: [
        {
          digest,
          name: 'member',
          progressGroup: {id: 'g', name: '[run 1/2] COPY --link a b', weak},
          ...fields,
        },
      ],
    });

  test('is one step, shown from when more than its weak member runs', () => {
    expect(group('sha256:copy', true, {started: time(1), completed: time(2)})).toEqual([]);
    expect(group('sha256:merge', false, {started: time(3)})).toMatchObject([
      {type: 'step-started', step: 'g', stage: 'run', name: 'COPY --link a b'},
    ]);
    expect(group('sha256:merge', false, {started: time(3), completed: time(4)})).toMatchObject([
      {type: 'step-finished', step: 'g', durationMs: 2000},
    ]);
    expect(reader.finish().steps).toEqual({total: 1, cached: 0});
  });

  test('is cached only when every member is', () => {
    group('sha256:copy', true, {started: time(1), completed: time(1), cached: true});
    expect(group('sha256:merge', false, {started: time(2), completed: time(3)})).toMatchObject([
      {},
      {type: 'step-finished', cached: false},
    ]);
  });
});

describe('a failure', () => {
  test('is told with the first line of its error, and cancelled steps are told apart', () => {
    vertex({started: time(1)});
    feed({logs: [{vertex: 'sha256:a', stream: 2, data: base64('no such package\n')}]});
    expect(
      vertex({started: time(1), completed: time(2), error: 'exit code: 1\nmore'}),
    ).toMatchObject([{type: 'step-finished', error: 'exit code: 1'}]);
    expect(
      feed({
        vertexes: [
          {
            digest: 'sha256:b',
            name: '[test 1/1] RUN y',
            started: time(1),
            completed: time(2),
            error: 'exit code: 137: context canceled: context canceled',
          },
        ],
      }),
    ).toMatchObject([{}, {type: 'step-finished', error: 'cancelled'}]);
    expect(reader.finish().failed).toEqual([
      {
        step: 'sha256:a',
        name: 'RUN x',
        platform: 'linux/amd64',
        stage: 'install',
        error: 'exit code: 1\nmore',
        logTail: ['no such package'],
      },
    ]);
  });

  test('that is told after the end is told once', () => {
    vertex({started: time(1), completed: time(2)});
    expect(vertex({started: time(1), completed: time(2), error: 'boom'})).toMatchObject([
      {error: 'boom'},
    ]);
    expect(vertex({started: time(1), completed: time(2), error: 'boom'})).toEqual([]);
    expect(reader.finish().failed).toHaveLength(1);
  });

  test('keeps the last 50 lines of its log', () => {
    vertex({started: time(1)});
    for (let line = 0; line < 80; line += 1)
      feed({logs: [{vertex: 'sha256:a', data: base64(`line ${line}\n`)}]});
    vertex({started: time(1), completed: time(2), error: 'boom'});
    const [failed] = reader.finish().failed;
    expect([failed?.logTail.length, failed?.logTail[0]]).toEqual([50, 'line 30']);
  });
});

describe('logs', () => {
  const log = (text: string, stream = 1): readonly BuildEvent[] =>
    feed({logs: [{vertex: 'sha256:a', stream, data: base64(text)}]});

  test('are joined into lines, stdout and stderr apart', () => {
    vertex({started: time(1)});
    expect(log('Collect')).toEqual([]);
    expect(log('warning\n', 2)).toEqual([
      {type: 'step-log', ...identity, stream: 'stderr', text: 'warning'},
    ]);
    expect(log('ing flask\nnext')).toEqual([
      {type: 'step-log', ...identity, stream: 'stdout', text: 'Collecting flask'},
    ]);
  });

  test('that do not end come before the end of their step', () => {
    vertex({started: time(1)});
    log('no newline');
    expect(vertex({started: time(1), completed: time(2)})).toMatchObject([
      {type: 'step-log', text: 'no newline'},
      {type: 'step-finished'},
    ]);
  });

  test('that do not end come at the end of the stream when the step never finishes', () => {
    vertex({started: time(1)});
    log('no newline');
    expect(reader.finish().events).toMatchObject([{type: 'step-log', text: 'no newline'}]);
  });

  test('of an unknown step are passed over', () => {
    expect(log('x\n')).toEqual([]);
  });
});

describe('progress', () => {
  const moved = (fields: object): readonly BuildEvent[] =>
    feed({statuses: [{vertex: 'sha256:a', id: 'sha256:layer', timestamp: time(1), ...fields}]});
  const progress = {
    type: 'step-progress',
    target,
    step: 'sha256:a',
    platform: 'linux/amd64',
    stage: 'install',
    item: 'sha256:layer',
  };

  test('comes ten times a second for each item, and the last state always', () => {
    vertex({started: time(1)});
    expect(moved({current: 1, total: 9})).toEqual([{...progress, at: 1000, current: 1, total: 9}]);
    now = 1050;
    expect(moved({current: 2, total: 9})).toEqual([]);
    now = 1100;
    expect(moved({current: 3, total: 9})).toEqual([{...progress, at: 1100, current: 3, total: 9}]);
    now = 1101;
    expect(moved({current: 9, total: 9, completed: time(2)})).toEqual([
      {...progress, at: 1101, current: 9, total: 9},
    ]);
  });

  test('that was held back comes before the end of its step', () => {
    vertex({started: time(1)});
    moved({current: 1});
    moved({current: 2});
    expect(vertex({started: time(1), completed: time(2)})).toMatchObject([
      {type: 'step-progress', current: 2},
      {type: 'step-finished'},
    ]);
  });

  test('names what moves without a colon, and leaves out a total that is not known', () => {
    vertex({started: time(1)});
    expect(moved({id: 'transferring context:', current: 5})).toEqual([
      {...progress, at: 1000, item: 'transferring context', current: 5},
    ]);
  });
});

describe('a build check', () => {
  const dockerfile = 'FROM scratch\n  CMD echo hi\n';
  const warning = {
    vertex: 'sha256:a',
    level: 1,
    short: base64('JSONArgsRecommended: JSON arguments recommended for CMD (line 2)'),
    detail: [base64('JSON arguments recommended for ENTRYPOINT/CMD')],
    url: 'https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
    sourceInfo: {filename: 'Dockerfile', data: base64(dockerfile)},
    range: [{start: {line: 2}, end: {line: 2}}],
  };

  test('is located in the Dockerfile', () => {
    expect(feed({warnings: [warning]})).toEqual([
      {
        type: 'target-warning',
        at: 1000,
        target,
        url: warning.url,
        diagnostic: {
          severity: 'warning',
          code: 'json-args-recommended',
          message: 'JSONArgsRecommended: JSON arguments recommended for CMD',
          suggestion: 'JSON arguments recommended for ENTRYPOINT/CMD',
          range: {
            file: 'dockerfiles/Dockerfile.cpu',
            line: 2,
            column: 3,
            length: 11,
            text: '  CMD echo hi',
          },
        },
      },
    ]);
  });

  test('is told once, though every platform tells it', () => {
    feed({warnings: [warning]});
    expect(feed({warnings: [warning]})).toEqual([]);
  });

  test('without a place or a name is told as it is', () => {
    expect(feed({warnings: [{short: base64('careful')}]})).toMatchObject([
      {diagnostic: {code: 'build-warning', message: 'careful'}},
    ]);
  });
});

describe('lines that are no progress', () => {
  test.each([
    'ERROR: failed to build',
    '{"level":"info","msg":"somebody else"}',
    '{"vertexes":[{"digest":7}]}',
    '{"vertexes":',
    '{"statuses":null,"vertexes":"x"}',
  ])('are log lines: %s', (line) => {
    expect(reader.line(line)).toEqual([
      {type: 'step-log', at: 1000, target, step: 'docker', stream: 'stderr', text: line},
    ]);
    expect(reader.finish().plainTail).toEqual([line]);
  });

  test('an empty status is nothing', () => {
    expect(reader.line('{}')).toEqual([]);
  });

  test('never throw, whatever they are', () => {
    const wild = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({vertexes: fc.array(fc.anything()), logs: fc.anything()}, {requiredKeys: []})
        .map((value) => JSON.stringify(value)),
      fc
        .record({
          vertexes: fc.array(
            fc.record(
              {
                digest: fc.string(),
                name: fc.string(),
                started: fc.option(fc.string()),
                completed: fc.option(fc.string()),
                error: fc.string(),
                cached: fc.boolean(),
              },
              {requiredKeys: ['digest']},
            ),
          ),
        })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(wild), (lines) => {
        const wildReader = open();
        const events = lines.flatMap((line) => wildReader.line(line));
        const {steps} = wildReader.finish();
        expect(steps.cached).toBeLessThanOrEqual(steps.total);
        // A step never finishes without having started.
        const started = new Set<string>();
        const orphans = events.filter((event) => {
          if (event.type === 'step-started') started.add(event.step);
          return event.type === 'step-finished' && !started.has(event.step);
        });
        expect(orphans).toEqual([]);
      }),
    );
  });
});

describe('a recorded build', () => {
  const read = (name: string, platforms: string[]) => {
    reader = open(platforms);
    const events = recordedLines(name).flatMap((line) => reader.line(line));
    const result = reader.finish();
    return {...result, events: [...events, ...result.events]};
  };
  const both = ['linux/amd64', 'linux/arm64'];

  // Two builds at once, each with its own context: BuildKit ran the steps of `b`, and told `a` of them.
  test.each(['joined-a.jsonl', 'joined-b.jsonl'])('%s: counts its own steps', (name) => {
    expect(read(name, ['linux/amd64']).steps).toEqual({total: 6, cached: 2});
  });

  test.each([
    ['two-platforms.jsonl', {total: 18, cached: 0}],
    ['two-nodes.jsonl', {total: 18, cached: 9}],
    ['two-platforms-cached.jsonl', {total: 18, cached: 18}],
  ])('%s: every step that starts finishes, on its platform and stage', (name, steps) => {
    const build = read(name, both);
    const started = build.events.filter((event) => event.type === 'step-started');
    const open = new Set(started.map(({step}) => step));
    for (const event of build.events) if (event.type === 'step-finished') open.delete(event.step);
    expect([...open]).toEqual([]);
    expect(build.steps).toEqual(steps);
    expect(build.failed).toEqual([]);
    expect(build.plainTail).toEqual([]);
    const stages = started.filter(({stage}) => stage !== undefined);
    expect(new Set(stages.map(({platform, stage}) => `${platform} ${stage}`))).toEqual(
      new Set(
        both.flatMap((platform) =>
          ['base', 'builder', 'install', 'runtime'].map((stage) => `${platform} ${stage}`),
        ),
      ),
    );
  });

  test('shows logs, progress bars at their end, and the build check', () => {
    const {events} = read('two-platforms.jsonl', both);
    const texts = events.flatMap((event) =>
      event.type === 'step-log' ? [`${event.stream} ${event.text}`] : [],
    );
    expect(texts).toContain('stdout progress 100%');
    expect(texts).toContain('stderr err');
    expect(events.filter((event) => event.type === 'target-warning')).toMatchObject([
      {diagnostic: {code: 'json-args-recommended', range: {line: 20, text: 'CMD echo hi'}}},
    ]);
  });
});
