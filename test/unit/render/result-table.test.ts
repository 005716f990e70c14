import type {StageSize} from '../../../src/docker/stage-sizes.ts';
import {describe, expect, it} from 'vitest';

import type {BuildRecord, PlatformRecord, TargetRecord} from '../../../src/records/build-record.ts';
import {formatPublished, formatResult} from '../../../src/render/result-table.ts';
import {textWidth} from '../../../src/render/text-width.ts';
import {digestOf} from '../records/sample-record.ts';
import {plainStyle} from './sample-run.ts';

const layer = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf('1'),
  size: 1,
};

const stage = (
  name: string,
  from: string,
  added: number | null,
  total: number | null,
  shipped = true,
): StageSize => ({
  name,
  index: 0,
  line: 1,
  from,
  shipped,
  addedBytes: added,
  totalBytes: total,
  addedUnpackedBytes: null,
  totalUnpackedBytes: null,
  layers: null,
  instructions: [],
  unknownBecause: null,
});

const platform = (name: string, stages: readonly StageSize[] | null): PlatformRecord => ({
  platform: name,
  digest: digestOf('a'),
  config: layer,
  layers: [{...layer, unpackedBytes: null}],
  compressedBytes: 68_734_567,
  unpackedBytes: null,
  unpackedUnknownBecause: null,
  stages,
  stagesUnknownBecause: stages === null ? 'the build has no provenance' : null,
});

const target = (name: string, changes: Partial<TargetRecord>): TargetRecord => ({
  id: `face-service/${name}`,
  image: 'face-service',
  name,
  axes: {},
  outcome: 'succeeded',
  builder: null,
  output: {kind: 'push', through: 'digest', repositories: ['ghcr.io/acme/face-service']},
  tags: [`localhost:5000/face-service:1.0-${name}`],
  startedAt: null,
  durationMs: 12_345,
  digest: digestOf('c'),
  platforms: [],
  steps: {total: 20, cached: 14},
  logFile: null,
  failure: null,
  ...changes,
});

const recordOf = (...targets: readonly TargetRecord[]): BuildRecord => ({
  schema: 1,
  runId: 'r',
  tool: '0.1.0',
  matrixFile: 'matrix.yml',
  planFingerprint: digestOf('f'),
  git: null,
  version: '1.0',
  engine: {docker: null, buildx: null, builders: []},
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: null,
  outcome: 'succeeded',
  targets,
});

const stages = [
  stage('base', 'docker.io/library/python:3.12-slim@sha256:0123', 1_234_567, 46_234_567),
  stage('test', 'base', null, null, false),
  stage('runtime', 'base', 22_500_000, 68_734_567),
];

const linesOf = (record: BuildRecord, columns = 100): readonly string[] =>
  formatResult(
    record,
    {durationMs: 62_000, recordFile: '.build-matrix/runs/r/record.json'},
    plainStyle(columns),
  ).split('\n');

describe('formatResult', () => {
  it('shows what they unpack to where that is known and there is room', () => {
    const known = stages.map((one) =>
      one.shipped ? {...one, totalUnpackedBytes: 2 * (one.totalBytes ?? 0)} : one,
    );
    const cpu = target('cpu', {
      platforms: [{...platform('linux/amd64', known), unpackedBytes: 137_469_134}],
    });
    expect(linesOf(recordOf(cpu)).slice(0, 6)).toEqual([
      'TARGET                  DIGEST, FROM           SIZE     ADDED  UNPACKED  CACHED   TIME',
      'face-service/cpu        cccccccccccc                                      14/20  12.3s',
      '  linux/amd64           aaaaaaaaaaaa        68.7 MB              137 MB',
      '    base                ← python:3.12-slim  46.2 MB   +1.2 MB   92.5 MB',
      '    test (not shipped)  ← base                    ?         ?         ?',
      '    runtime             ← base              68.7 MB  +22.5 MB    137 MB',
    ]);
    expect(linesOf(recordOf(cpu), 60)[0]).not.toContain('UNPACKED');
  });

  it('shows targets, platforms and stages with what they weigh', () => {
    const cpu = target('cpu', {platforms: [platform('linux/amd64', stages)]});
    const publications = [
      {
        ...{of: 'face-service/cpu', builds: ['face-service/cpu'], outcome: 'published' as const},
        moves: [{reference: 'localhost:5000/face-service:1.0-cpu', before: null, after: null}],
        failure: null,
      },
    ];
    expect(linesOf({...recordOf(cpu), publications})).toEqual([
      'TARGET                  DIGEST, FROM           SIZE     ADDED  CACHED   TIME',
      'face-service/cpu        cccccccccccc                            14/20  12.3s',
      '  linux/amd64           aaaaaaaaaaaa        68.7 MB',
      '    base                ← python:3.12-slim  46.2 MB   +1.2 MB',
      '    test (not shipped)  ← base                    ?         ?',
      '    runtime             ← base              68.7 MB  +22.5 MB',
      '',
      'Published',
      '  localhost:5000/face-service:1.0-cpu',
      '',
      '✔ 1 target built in 1m02s',
      '  record: .build-matrix/runs/r/record.json',
    ]);
  });

  it('tells that a budget has kept it from being published', () => {
    const publications = [
      {
        ...{of: 'face-service/cpu', builds: ['face-service/cpu'], outcome: 'held-back' as const},
        ...{moves: [], failure: null},
      },
    ];
    const endOf = (changes: Partial<BuildRecord>): readonly string[] =>
      linesOf({...recordOf(target('cpu', {})), publications, ...changes}).slice(-5, -1);
    const of = {
      target: 'face-service/cpu',
      platform: 'linux/amd64',
      measure: 'compressed',
    } as const;
    const exceeded = [
      {...of, reason: 'budget-exceeded', written: '1B', limit: 1, actual: 2} as const,
    ];
    expect(endOf({exceeded})).toEqual([
      'Not published, since an image is over its budget',
      '  face-service/cpu',
      '',
      '✖ 1 target built, but not published, in 1m02s',
    ]);
    expect(endOf({})[0]).toBe('Not published, since not everything succeeded');
  });

  it('tells what is unchanged apart from what was built', () => {
    const unchanged = target('cpu', {outcome: 'unchanged', steps: {total: 0, cached: 0}});
    expect(linesOf(recordOf(unchanged, target('cuda', {})))).toEqual([
      'TARGET             DIGEST, FROM  CACHED       TIME',
      'face-service/cpu   cccccccccccc          unchanged',
      'face-service/cuda  cccccccccccc   14/20      12.3s',
      '',
      '✔ 1 of 2 targets built, 1 unchanged in 1m02s',
      '  record: .build-matrix/runs/r/record.json',
    ]);
    expect(linesOf(recordOf(unchanged)).at(-2)).toBe(
      '✔ 1 target unchanged: nothing was built in 1m02s',
    );
  });

  it('names a target that a stage builds on whole', () => {
    const on = stage('runtime', 'face-service/base', 1, 2);
    const app = target('app', {platforms: [platform('linux/amd64', [on])]});
    const lines = linesOf(recordOf(target('base', {}), app));
    expect(lines.find((line) => line.includes('runtime'))).toContain('← face-service/base ');
  });

  it('says why the sizes of a loaded image are unknown', () => {
    const cpu = target('cpu', {output: {kind: 'load'}, sizesUnknownBecause: 'old docker'});
    expect(linesOf(recordOf(cpu))).toContain('Sizes are unknown for face-service/cpu: old docker');
  });

  it('shows what a terminal would obey instead of sending it', () => {
    const evil = stage('base\u001b[2J', 'python:\u202e3.12', 1, 2);
    const cpu = target('cpu', {platforms: [platform('linux/amd64', [evil])]});
    const text = linesOf(recordOf(cpu)).join('\n');
    expect(text).toContain('base\\u{1b}[2J');
    expect(text).toContain('python:\\u{202e}3.12');
  });

  it('tells apart what failed, was stopped and never started', () => {
    const lines = linesOf(
      recordOf(
        target('cpu', {output: {kind: 'oci', folder: 'images/cpu'}, tags: ['face-service:1.0']}),
        target('cuda', {outcome: 'failed', digest: null}),
        target('jetson', {outcome: 'aborted', digest: null, durationMs: 900}),
        target('all', {outcome: 'unstarted', digest: null, steps: {total: 0, cached: 0}}),
      ),
    );
    expect(lines).toEqual([
      'TARGET               DIGEST, FROM  CACHED   TIME',
      'face-service/cpu     cccccccccccc   14/20  12.3s',
      'face-service/cuda    failed         14/20  12.3s',
      'face-service/jetson  stopped        14/20   0.9s',
      'face-service/all     not started',
      '',
      'OCI layout in images/cpu',
      '  face-service:1.0',
      '',
      '✖ 1 of 4 targets built in 1m02s',
      '  record: .build-matrix/runs/r/record.json',
    ]);
  });

  it('says why sizes of stages are unknown, once for all that share the reason', () => {
    const cpu = target('cpu', {
      platforms: [platform('linux/amd64', null), platform('linux/arm64', null)],
    });
    expect(linesOf(recordOf(cpu))).toContain(
      'Sizes of stages are unknown for face-service/cpu (linux/amd64), face-service/cpu (linux/arm64): the build has no provenance',
    );
  });

  it('says why a stage beside the shipped ones has no size, unless it is not built at all', () => {
    const beside = (name: string, unknownBecause: string): StageSize => ({
      ...stage(name, 'base', null, null, false),
      unknownBecause,
    });
    const built = [beside('tests', 'the build does not use it'), beside('builder', 'no record')];
    const cpu = target('cpu', {platforms: [platform('linux/amd64', built)]});
    const notes = linesOf(recordOf(cpu), 200).filter((line) => line.includes('unknown'));
    expect(notes).toEqual([
      'Size of stage builder is unknown for face-service/cpu (linux/amd64): no record',
    ]);
  });

  it('fits narrow terminals', () => {
    const cpu = target('cpu', {platforms: [platform('linux/amd64', stages)]});
    for (const columns of [50, 60, 70, 80]) {
      const table = linesOf(recordOf(cpu), columns).slice(0, 6);
      expect(Math.max(...table.map(textWidth))).toBeLessThanOrEqual(columns);
      expect(table.join('\n')).toContain('68.7 MB');
    }
  });
});

describe('formatPublished', () => {
  const move = (tag: string, before: string | null, after: string | null) => ({
    ...{reference: `r/face-service:${tag}`, before, after},
  });
  const publication = (
    outcome: 'published' | 'unchanged' | 'failed',
    ...moves: readonly ReturnType<typeof move>[]
  ) => ({
    ...{of: 'face-service/cpu', builds: [], outcome, moves},
    failure:
      outcome === 'failed' ? ({reason: 'publish-refused', message: '', remedy: ''} as const) : null,
  });
  const parts = ['linux-amd64', 'linux-arm64'].map((part) =>
    target('cpu', {id: `face-service/cpu@${part}`}),
  );
  const lastOf = (...publications: readonly ReturnType<typeof publication>[]) =>
    formatPublished(
      {...recordOf(...parts), publications},
      {durationMs: 900, recordFile: 'r.json'},
      plainStyle(100),
    )
      .split('\n')
      .at(-2);

  it('tells what was published, not what others built', () => {
    const moved = publication('published', move('1', null, 'a'), move('2', 'b', 'a'));
    const still = publication('unchanged', move('3', 'a', 'a'));
    expect(lastOf(moved, still)).toBe('✔ published 1 target: 2 tags moved in 0.9s');
    expect(lastOf(still)).toBe('✔ nothing was published: every tag is so already');
    const one = publication('published', move('1', null, 'a'), move('2', 'a', 'a'));
    expect(lastOf(one, publication('failed', move('4', null, null)))).toBe(
      '✖ not everything was published: 1 tag moved in 0.9s',
    );
  });
});
