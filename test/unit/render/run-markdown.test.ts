import {describe, expect, test} from 'vitest';

import type {BuildRecord, TargetRecord} from '../../../src/records/build-record.ts';
import {joinedRecord} from '../../../src/records/joined-record.ts';
import {githubOutputs} from '../../../src/render/github-outputs.ts';
import {runMarkdown} from '../../../src/render/run-markdown.ts';
import type {SizeReport} from '../../../src/sizes/size-report.ts';
import {digestOf, everyFailure, sampleRecord} from '../records/sample-record.ts';

const noSizes: SizeReport = {
  ...{schema: 1, at: '2026-01-02T03:05:00.000Z', version: '1.2.3', commit: null, against: null},
  images: [],
};

const target = (name: string, rest: Partial<TargetRecord> = {}): TargetRecord => ({
  ...{id: `app/${name}`, image: 'app', name, axes: {}, builder: null, tags: [`app:${name}`]},
  ...{outcome: 'succeeded', startedAt: '2026-01-02T03:04:05.678Z', durationMs: 61_000},
  output: {kind: 'push', through: 'digest', repositories: ['example.com/app']},
  ...{digest: digestOf('a'), platforms: [], steps: {total: 9, cached: 7}},
  ...{logFile: null, failure: null, ...rest},
});

const record = (
  targets: readonly TargetRecord[],
  rest: Partial<BuildRecord> = {},
): BuildRecord => ({
  ...sampleRecord,
  ...{outcome: 'succeeded', exceeded: [], publications: [], targets, ...rest},
});

describe('a run as Markdown', () => {
  test('has a row for each target, and what tags point at', () => {
    const text = runMarkdown(
      record([target('cpu'), target('old', {outcome: 'unstarted', digest: null, durationMs: 0})], {
        publications: [
          {
            ...{of: 'app/cpu', builds: ['app/cpu'], outcome: 'published', failure: null},
            moves: [
              {reference: 'example.com/app:1', before: digestOf('b'), after: digestOf('a')},
              {reference: 'example.com/app:2', before: null, after: digestOf('a')},
            ],
          },
        ],
      }),
      noSizes,
    );
    expect(text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(
      `### Images of 1.2.3: done in 54.3s

| Target | Platforms | Result | Time | Steps cached | Digest |
| :-- | :-- | :-- | --: | --: | --: |
| <code>app/cpu</code> |  | built | 1m01s | 7 of 9 | <code>sha256:aaaaaaaaaaaa</code> |
| <code>app/old</code> |  | not started |  | 7 of 9 |  |

<details>
<summary>Tags and digests</summary>

- <code>example.com/app:1</code> is <code>sha256:aaaaaaaaaaaa</code>, was <code>sha256:bbbbbbbbbbbb</code> (published)
- <code>example.com/app:2</code> is <code>sha256:aaaaaaaaaaaa</code> (published)
- <code>app/cpu</code>: <code>example.com/app@${digestOf('a')}</code>

</details>
`,
    );
  });

  test('tells what is unchanged apart from what was built', () => {
    const unchanged = target('cpu', {outcome: 'unchanged', durationMs: 0});
    const mixed = runMarkdown(record([unchanged, target('gpu')]), noSizes);
    expect(mixed).toContain(': done');
    expect(mixed).toMatch(/app\/cpu<\/code> \|.*\| unchanged \|/);
    expect(mixed).toMatch(/app\/gpu<\/code> \|.*\| built \|/);
    expect(runMarkdown(record([unchanged]), noSizes)).toContain(': unchanged, nothing was built');
  });

  test('tells what failed, where, and which budgets are exceeded', () => {
    const failure = everyFailure['build-failed'];
    const text = runMarkdown(
      record([target('cpu', {outcome: 'failed', failure, digest: null}), target('gpu')], {
        ...{outcome: 'failed', exceeded: [everyFailure['budget-exceeded']]},
      }),
      noSizes,
    );
    expect(text).toContain('1 of 2 failed');
    expect(text).toContain('**Failed**\n\n- face-service/cpu failed');
    expect(text).toContain('<code>dockerfiles/Dockerfile&#58;3</code><br><code>boom</code>');
    expect(text).toContain('**Over budget**\n\n- face-service/cpu');
  });

  test('fits into a comment, however large', () => {
    const many = Array.from({length: 3000}, (_, index) =>
      target(`t${index}`, {outcome: 'failed', failure: everyFailure['build-failed']}),
    );
    const images = many.map(({id}) => ({
      ...{target: id, platform: 'linux/amd64', digest: digestOf('a'), stages: [], base: null},
      ...{size: {compressed: 1, unpacked: 2}, cause: 'x'.repeat(99), unknown: ['y'.repeat(99)]},
    }));
    const exceeded = many.map(() => everyFailure['budget-exceeded']);
    const text = runMarkdown(record(many, {exceeded}), {...noSizes, images});
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text).toMatch(/_\d+ more targets\._/);
    expect(text).toContain('… and');
  });

  test('obeys nothing that a log says', () => {
    const failure = {...everyFailure['build-failed'], logTail: ['@me <img src=x> **b** #1 | `']};
    const text = runMarkdown(record([target('cpu', {outcome: 'failed', failure})]), noSizes);
    expect(text.replaceAll(/&#\d+;/g, '')).not.toMatch(/<img|@me|\*\*b|`/);
  });
});

test('records of several machines are one to look at', () => {
  const late = record([target('b')], {
    ...{startedAt: '2026-01-02T03:00:00.000Z', finishedAt: null, outcome: 'interrupted'},
  });
  expect(joinedRecord([record([target('a')]), late])).toMatchObject({
    ...{startedAt: '2026-01-02T03:00:00.000Z', finishedAt: null, outcome: 'interrupted'},
    targets: [{id: 'app/a'}, {id: 'app/b'}],
  });
});

test('outputs of a step name what was published, and what is on this machine', () => {
  const outputs = githubOutputs(
    record([target('cpu'), target('local', {output: {kind: 'load'}})], {
      publications: [
        {
          ...{of: 'app/cpu', builds: ['app/cpu'], outcome: 'unchanged', failure: null},
          moves: [{reference: 'example.com/app:1', before: digestOf('a'), after: digestOf('a')}],
        },
        {
          ...{of: 'app/x', builds: [], outcome: 'held-back', failure: null},
          moves: [{reference: 'example.com/app:x', before: null, after: null}],
        },
      ],
    }),
  );
  expect(outputs['images']).toBe('example.com/app:1\napp:local');
});
