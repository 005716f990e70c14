import {describe, expect, test} from 'vitest';

import type {BudgetLimit} from '../../../src/plan/budget-limits.ts';
import type {BuildRecord, PlatformRecord} from '../../../src/records/build-record.ts';
import {formatSizePoints, parseSizeLog, sizePointsOf} from '../../../src/records/size-log.ts';
import {baselineOf} from '../../../src/sizes/budget-baseline.ts';
import {budgetDiagnostic} from '../../../src/sizes/budget-diagnostic.ts';
import {budgetedIn, holdBudgets} from '../../../src/sizes/budgets.ts';
import {digestOf, sampleRecord} from '../records/sample-record.ts';

const [sampleTarget] = sampleRecord.targets;
const id = sampleTarget?.id ?? '';
const sampleImage = {target: id, platform: 'linux/amd64'};

/** A record of the target: a base of 100 bytes, and one RUN on it. */
function record(run: number, more: Partial<BuildRecord> = {}, unpacked = true): BuildRecord {
  if (sampleTarget === undefined) throw new Error('the sample has no target');
  const [first] = sampleTarget.platforms;
  if (first === undefined) throw new Error('the sample has no platform');
  const platform: PlatformRecord = {
    ...first,
    digest: digestOf(String(run % 10)),
    compressedBytes: 100 + run,
    unpackedBytes: unpacked ? 2 * (100 + run) : null,
    unpackedUnknownBecause: unpacked ? null : 'the layers could not be read',
    layers: [],
    stagesUnknownBecause: null,
    stages: [
      {
        ...{name: 'Runtime', index: 0, line: 1, from: 'python', shipped: true, layers: 0},
        ...{addedBytes: run, totalBytes: 100 + run, unknownBecause: null},
        ...{addedUnpackedBytes: 2 * run, totalUnpackedBytes: 2 * (100 + run)},
        instructions: [
          {
            ...{line: 3, text: 'RUN pip install x', addedBytes: run, unpackedBytes: 2 * run},
            layer: digestOf(String(run % 10)),
          },
        ],
      },
    ],
  };
  return {...sampleRecord, targets: [{...sampleTarget, platforms: [platform]}], ...more};
}

const range = {
  file: 'matrix.yml',
  line: 3,
  column: 1,
  length: 3,
  text: 'budget: {compressed: 1MB}',
};
const most = (of: 'compressed' | 'unpacked', bytes: number, stage?: string): BudgetLimit => ({
  ...{stage: stage ?? null, limit: {of, bytes}, written: `${String(bytes)}B`, range},
});
const growth = (written: string, limit: BudgetLimit['limit']): BudgetLimit => ({
  ...{stage: null, limit, written, range},
});
const tenPercent = growth('10%', {of: 'growth', most: {kind: 'share', share: 0.1}});

const hold = (limits: readonly BudgetLimit[], now: BuildRecord, before?: BuildRecord) =>
  holdBudgets([{target: id, budget: limits}], now, (image) =>
    baselineOf(image, now, {records: before === undefined ? [] : [before], points: []}),
  );
const messages = (limits: readonly BudgetLimit[], now: BuildRecord, before?: BuildRecord) =>
  hold(limits, now, before).exceeded.map((one) => budgetDiagnostic(one, 'error').message);
const unchecked = (limits: readonly BudgetLimit[], now: BuildRecord, before?: BuildRecord) =>
  hold(limits, now, before).unchecked.map(({message}) => message);

const before = record(200, {runId: '20260101-030405-678-aaaaaa'});

describe('a breach', () => {
  test('of a size names target, platform, limit, actual, by how much, and what is largest', () => {
    expect(hold([most('compressed', 250)], record(200)).exceeded).toEqual([
      {
        reason: 'budget-exceeded',
        target: 'face-service/cuda-12.6',
        platform: 'linux/amd64',
        measure: 'compressed',
        written: '250B',
        limit: 250,
        actual: 300,
        because: 'its largest part is line 3 (RUN pip install x), 200 B compressed',
        range,
      },
    ]);
    expect(messages([most('compressed', 250)], record(200))).toEqual([
      'face-service/cuda-12.6 (linux/amd64) has 300 B compressed, 50 B more than its budget of 250B: its largest part is line 3 (RUN pip install x), 200 B compressed',
    ]);
  });

  test('the base image may be the largest', () => {
    expect(messages([most('unpacked', 0)], record(20))).toEqual([
      'face-service/cuda-12.6 (linux/amd64) has 240 B unpacked, 240 B more than its budget of 0B: its largest part is the base image python, 100 B compressed',
    ]);
  });

  test('of a stage is of what it adds, and its name has letters of either case', () => {
    expect(messages([most('compressed', 150, 'runtime')], record(200), before)).toEqual([
      'face-service/cuda-12.6 (linux/amd64), stage Runtime adds 200 B compressed, 50 B more than its budget of 150B: its largest part is line 3 (RUN pip install x), 200 B compressed',
    ]);
  });

  test('of growth names the release, what is allowed, and what grew', () => {
    expect(messages([tenPercent], record(275), before)).toEqual([
      'face-service/cuda-12.6 (linux/amd64) has grown by 75 B since run 20260101-030405-678-aaaaaa, 45 B more than its budget allows (10%, 30 B): line 3 (RUN pip install x) changed (+75 B)',
    ]);
  });

  test.each([
    ['a size that is just the limit', [most('compressed', 300), most('unpacked', 600)], 200],
    ['growth that is just allowed', [tenPercent], 230],
    ['an image that shrank', [growth('0B', {of: 'growth', most: {kind: 'bytes', bytes: 0}})], 10],
  ])('%s is none', (_, limits, run) => {
    expect(hold(limits, record(run), before)).toMatchObject({exceeded: [], unchecked: []});
  });
});

describe('what cannot be checked is told', () => {
  test.each([
    [
      'an unpacked size that is not known',
      [most('unpacked', 1)],
      record(1, {}, false),
      'unpacked of face-service/cuda-12.6 (linux/amd64): the layers could not be read',
    ],
    [
      'growth without an earlier build',
      [tenPercent],
      record(1),
      'growth of face-service/cuda-12.6 (linux/amd64): there is no earlier build to compare it with',
    ],
    [
      'a stage that is not known',
      [most('compressed', 1, 'test')],
      record(1),
      'compressed of face-service/cuda-12.6 (linux/amd64), stage test: the image has no such stage',
    ],
  ])('%s', (_, limits, now, message) => {
    expect(unchecked(limits, now)).toEqual([`budget not checked: ${message}`]);
    expect(hold(limits, now).exceeded).toEqual([]);
  });

  test('an image that could not be read back', () => {
    const now = record(1);
    const targets = now.targets.map((target) => ({...target, platforms: []}));
    expect(unchecked([most('compressed', 1)], {...now, targets})).toEqual([
      'budget not checked: compressed of face-service/cuda-12.6: its sizes are not known',
    ]);
  });

  test('a target that was not built has failed anyhow', () => {
    const now = record(1);
    const targets = now.targets.map((target) => ({...target, outcome: 'failed' as const}));
    expect(hold([most('compressed', 1)], {...now, targets})).toEqual({
      ...{budgets: [], exceeded: [], unchecked: []},
    });
  });
});

describe('the baseline of growth', () => {
  const git = (tag: string | null, dirty = false) => ({
    ...{commit: 'c'.repeat(40), branch: null, committedAt: '', remote: null},
    ...{tag, dirty},
  });
  const at = (day: number, more: Partial<BuildRecord>) =>
    record(1, {runId: `2025010${String(day)}-030405-678-aaaaaa`, git: git(null), ...more});
  const name = (...records: readonly BuildRecord[]) => {
    const baseline = baselineOf(sampleImage, record(1), {records, points: []});
    return typeof baseline === 'string' ? baseline : baseline.name;
  };

  test('is the last release, though others were built since', () => {
    expect(
      name(
        at(1, {git: git('v1'), version: '1'}),
        at(2, {git: git('v2'), version: '2'}),
        at(3, {git: git('v3', true), version: '3'}),
        at(4, {}),
      ),
    ).toBe('v2');
  });

  test('is not another build of this very version', () => {
    expect(name(at(1, {git: git('v1'), version: '1'}), at(2, {git: git('v1.2.3')}))).toBe('v1');
  });

  test('is the run before when nothing was released, and nothing before a first one', () => {
    expect(name(at(1, {}), at(2, {}))).toBe('run 20250102-030405-678-aaaaaa');
    expect(name()).toBe('there is no earlier build to compare it with');
    expect(name(record(1))).toBe('there is no earlier build to compare it with');
  });

  test('of a release whose run is not kept is what the log of sizes remembers', () => {
    const old = at(1, {git: git('v1'), version: '1'});
    const points = [old, at(2, {git: git('v2', true), version: '2'}), at(3, {})].flatMap(
      sizePointsOf,
    );
    const records = [at(3, {})];
    const baseline = baselineOf(sampleImage, record(1), {records, points});
    expect(baseline).toMatchObject({
      name: 'v1',
      report: {
        version: '1',
        images: [{target: id, size: {compressed: 101, unpacked: 202}, base: null, stages: []}],
      },
    });
    const held = holdBudgets([{target: id, budget: [tenPercent]}], record(120), () => baseline);
    expect(held.exceeded.map((one) => budgetDiagnostic(one, 'error').message)).toEqual([
      'face-service/cuda-12.6 (linux/amd64) has grown by 119 B since v1, 109 B more than its budget allows (10%, 10 B): the cause cannot be told: the stages of the image before are not known',
    ]);
    // A run that is kept tells more than its line in the log.
    expect(baselineOf(sampleImage, record(1), {records: [old], points})).toMatchObject({
      report: {images: [{stages: [{name: 'Runtime'}]}]},
    });
  });

  test('is not remembered by lines of versions that wrote no tag', () => {
    const text = formatSizePoints(sizePointsOf(at(1, {git: git('v1'), version: '1'})));
    const {points} = parseSizeLog(text.replace(',"tag":"v1"', ''));
    expect(points).toMatchObject([{tag: null}]);
    expect(baselineOf(sampleImage, record(1), {records: [], points})).toMatchObject({
      name: 'run 20250101-030405-678-aaaaaa',
    });
  });
});

test('every limit is told with what the image has', () => {
  const limits = [most('compressed', 250), most('unpacked', 9, 'runtime'), tenPercent];
  const shared = {target: id, platform: 'linux/amd64'};
  expect(hold(limits, record(200)).budgets).toEqual([
    {
      ...{...shared, stage: null, measure: 'compressed', written: '250B'},
      ...{limit: 250, actual: 300, unknownBecause: null},
    },
    {
      ...{...shared, stage: 'Runtime', measure: 'unpacked', written: '9B'},
      ...{limit: 9, actual: 400, unknownBecause: null},
    },
    {
      ...{...shared, stage: null, measure: 'growth', written: '10%', limit: null, actual: null},
      unknownBecause: 'there is no earlier build to compare it with',
    },
  ]);
});

describe('a target whose platforms moved between builders', () => {
  /** The same images as other builds: `face-service/cuda-12.6@linux-arm64`, or one for all. */
  const asParts = (run: BuildRecord): BuildRecord => ({
    ...run,
    targets: run.targets.flatMap((target) =>
      target.platforms.map((platform) => ({
        ...target,
        id: `${target.id}@${platform.platform.replaceAll('/', '-')}`,
        platforms: [platform],
      })),
    ),
  });
  const both = (run: BuildRecord): BuildRecord => ({
    ...run,
    targets: run.targets.map((target) => ({
      ...target,
      platforms: target.platforms.flatMap((platform) => [
        platform,
        {...platform, platform: 'linux/arm64', compressedBytes: platform.compressedBytes + 1000},
      ]),
    })),
  });
  const limits = [most('compressed', 250), tenPercent];
  const whole = hold(limits, both(record(300)), both(before));

  test('is held to the same budgets, and has grown as much', () => {
    expect(whole.exceeded.map(({platform, measure}) => [platform, measure])).toEqual([
      ['linux/amd64', 'compressed'],
      ['linux/amd64', 'growth'],
      ['linux/arm64', 'compressed'],
    ]);
    expect(hold(limits, asParts(both(record(300))), both(before))).toEqual(whole);
    expect(hold(limits, both(record(300)), asParts(both(before)))).toEqual(whole);
    expect(hold(limits, asParts(both(record(300))), asParts(both(before)))).toEqual(whole);
  });

  test('has its limits once, whatever it is planned as', () => {
    const [target] = both(record(1)).targets;
    if (target === undefined) throw new Error('the sample has no target');
    const {image, name} = target;
    const planned = [
      {image, name, budget: limits},
      {image, name, budget: limits},
      {image, name: 'other', budget: []},
    ];
    expect(budgetedIn(planned)).toEqual([{target: id, budget: limits}]);
  });

  test('a part that was not measured is told', () => {
    const {targets, ...run} = asParts(both(record(300)));
    const [amd64, arm64] = targets;
    if (amd64 === undefined || arm64 === undefined) throw new Error('there are two parts');
    const now = {...run, targets: [amd64, {...arm64, platforms: []}]};
    expect(hold([most('compressed', 999)], now)).toMatchObject({
      budgets: [{platform: 'linux/amd64'}],
      unchecked: [{message: `budget not checked: compressed of ${id}: its sizes are not known`}],
    });
  });

  test('each platform has a baseline of its own: the last run that built it', () => {
    const only = (run: BuildRecord, wanted: string): BuildRecord => {
      const targets = asParts(both(run)).targets.filter(({platforms}) =>
        platforms.some(({platform}) => platform === wanted),
      );
      return {...run, targets};
    };
    const records = [
      only(record(100, {runId: '20250101-030405-678-aaaaaa'}), 'linux/arm64'),
      only(record(200, {runId: '20250102-030405-678-aaaaaa'}), 'linux/amd64'),
    ];
    const names = ['linux/amd64', 'linux/arm64', 'linux/riscv64'].map((platform) => {
      const baseline = baselineOf({target: id, platform}, record(1), {records, points: []});
      return typeof baseline === 'string' ? baseline : baseline.name;
    });
    expect(names).toEqual([
      'run 20250102-030405-678-aaaaaa',
      'run 20250101-030405-678-aaaaaa',
      'there is no earlier build to compare it with',
    ]);
    const [first, second] = records;
    if (first === undefined || second === undefined) throw new Error('there are two runs');
    const exceeded = hold([most('compressed', 1)], second).exceeded;
    expect(exceeded).not.toEqual([]);
    const held = {of: id, builds: [id], outcome: 'held-back', moves: [], failure: null} as const;
    const refused = {...second, exceeded, publications: [held]};
    const runs = {records: [first, refused], points: sizePointsOf(second)};
    expect(baselineOf({target: id, platform: 'linux/amd64'}, record(1), runs)).toBe(
      'there is no earlier build to compare it with',
    );
    const points = records.flatMap(sizePointsOf);
    expect(
      baselineOf({target: id, platform: 'linux/arm64'}, record(1), {records: [], points}),
    ).toEqual(expect.objectContaining({name: 'run 20250101-030405-678-aaaaaa'}));
  });
});
