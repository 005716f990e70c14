import {expect, test} from 'vitest';

import {shortDigest} from '../../../src/model/short-digest.ts';
import type {Shard, Sharding} from '../../../src/plan/shards.ts';
import {joinRecords, type ShardRecord} from '../../../src/publish/join-records.ts';
import type {BuildRecord, TargetRecord} from '../../../src/records/build-record.ts';
import {sampleRecord} from '../records/sample-record.ts';

const both = ['linux/amd64', 'linux/arm64'];
const publications: Sharding['publications'] = [
  {
    ...{of: 'face/cpu', isIndex: false, repository: 'r/face', references: ['r/face:1', 'r/face:2']},
    ...{annotations: {a: 'x'}, needs: [{target: 'face/cpu', platforms: both}]},
  },
  {
    ...{of: 'face:all', isIndex: true, repository: 'r/face', references: ['r/face:all']},
    annotations: {},
    needs: [
      {target: 'face/cpu', platforms: ['linux/amd64']},
      {target: 'face/jetson', platforms: ['linux/arm64']},
    ],
  },
];

const [samplePlatform] = sampleRecord.targets.flatMap(({platforms}) => platforms);
const digestOf = (id: string) => `sha256:${Buffer.from(id).toString('hex').padEnd(64, '0')}`;

function targetOf(name: string, platforms: readonly string[], part: boolean): TargetRecord {
  const [target] = sampleRecord.targets;
  if (target === undefined || samplePlatform === undefined) throw new Error('no sample');
  const id = `face/${name}${part ? `@${platforms[0]?.replaceAll('/', '-') ?? ''}` : ''}`;
  return {
    ...target,
    ...{id, image: 'face', name, outcome: 'succeeded', digest: digestOf(id)},
    platforms: platforms.map((platform) => ({...samplePlatform, platform})),
  };
}

const recordOf = (
  file: string,
  shards: readonly Shard[],
  targets: readonly TargetRecord[],
  changes: Partial<BuildRecord> = {},
): ShardRecord => ({
  file,
  record: {
    ...sampleRecord,
    targets,
    sharding: {fingerprint: 'sha256:abc', matrix: 'sha256:m', shards, publications},
    ...changes,
  },
});

const amd = recordOf(
  'amd.json',
  [{target: 'face/cpu', platforms: ['linux/amd64']}],
  [targetOf('cpu', ['linux/amd64'], true)],
);
const arm = recordOf(
  'arm.json',
  [
    {target: 'face/cpu', platforms: ['linux/arm64']},
    {target: 'face/jetson', platforms: ['linux/arm64']},
  ],
  [targetOf('cpu', ['linux/arm64'], true), targetOf('jetson', ['linux/arm64'], false)],
);

const refusals = (...records: readonly ShardRecord[]) => {
  const joined = joinRecords(records, null);
  return joined.ok ? [] : joined.error.map(({message}) => message);
};

test('the images of all machines become the tags that they were built for', () => {
  const joined = joinRecords([arm, amd], 'mine');
  const [target, index] = joined.ok ? joined.value.publications : [];
  const create = ['buildx', 'imagetools', 'create', '--builder=mine', '--prefer-index=false'];
  expect(target?.commands[0]?.args).toEqual([
    ...[...create, '--annotation', 'index:a=x', '--tag', 'r/face:1', '--tag', 'r/face:2'],
    'r/face@{digest:face/cpu@linux-amd64}',
    'r/face@{digest:face/cpu@linux-arm64}',
  ]);
  expect(index?.builds).toEqual(['face/cpu@linux-amd64', 'face/jetson']);
  const ids = ['face/cpu@linux-amd64', 'face/cpu@linux-arm64', 'face/jetson'];
  expect(joined.ok && [...joined.value.digests]).toEqual(ids.map((id) => [id, digestOf(id)]));
});

test('a whole target of one machine keeps its own index and annotations', () => {
  const whole = recordOf(
    'whole.json',
    [{target: 'face/cpu', platforms: both}],
    [targetOf('cpu', both, false)],
  );
  const jetson = recordOf(
    'jetson.json',
    [{target: 'face/jetson', platforms: ['linux/arm64']}],
    // Built along with it, and not what the machine was asked for.
    [targetOf('jetson', ['linux/arm64'], false), targetOf('cpu', ['linux/arm64'], true)],
  );
  const joined = joinRecords([whole, jetson], null);
  expect(joined.ok && joined.value.publications[0]).toMatchObject({
    builds: ['face/cpu'],
    annotations: {},
  });
});

test('what is missing, failed or there twice is refused, all at once', () => {
  expect(refusals(amd)).toEqual([
    'no record has face/cpu/linux/arm64',
    'no record has face/jetson/linux/arm64',
  ]);
  const [cpu, jetson] = arm.record.targets;
  const failed = [cpu, {...jetson, outcome: 'failed', digest: null}] as readonly TargetRecord[];
  expect(refusals(amd, {...arm, record: {...arm.record, targets: failed}})).toEqual([
    'face/jetson/linux/arm64 did not succeed in arm.json',
  ]);
  expect(refusals(amd, arm, {...amd, file: 'copy.json'})).toEqual([
    'amd.json and copy.json both have face/cpu/linux/amd64',
  ]);
});

test('what shards were not made for, but build on, is published as well', () => {
  const shards = (platform: string) => [
    {target: 'face/app', platforms: [platform]},
    {target: 'face/jetson', platforms: platform === 'linux/arm64' ? [platform] : []},
  ];
  const amdApp = recordOf('amd.json', shards('linux/amd64'), amd.record.targets);
  const armApp = recordOf('arm.json', shards('linux/arm64'), arm.record.targets);
  const joined = joinRecords([amdApp, armApp], null);
  const builds = ['face/cpu@linux-amd64', 'face/cpu@linux-arm64'];
  expect(joined.ok && joined.value.publications[0]?.builds).toEqual(builds);
  expect(refusals(armApp)).toEqual(['no record has face/cpu/linux/amd64']);

  // The same image twice is one; a whole of it has the other platform, too.
  const whole = {...amdApp, record: {...amdApp.record, targets: [targetOf('cpu', both, false)]}};
  const again = joinRecords([armApp, {...amdApp, file: 'more.json'}, whole], null);
  expect(again.ok && again.value.publications[0]?.builds).toEqual(['face/cpu']);

  const targets = amd.record.targets.map((target) => ({
    ...target,
    platforms: target.platforms.map((one) => ({...one, digest: digestOf('other')})),
  }));
  const other = {...amdApp, file: 'other.json', record: {...amdApp.record, targets}};
  const refused = joinRecords([amdApp, other, armApp], null);
  expect(refused.ok ? [] : refused.error).toEqual([
    {
      reason: 'publish-refused',
      message: `face/cpu/linux/amd64 was built on several machines, each for what builds on it, and is not the same image everywhere: ${shortDigest(samplePlatform?.digest ?? '')} in amd.json, 6f7468657200 in other.json`,
      remedy:
        'run `build --push --shard face/cpu/linux/amd64`, and give its record too: its image gets the tags',
    },
  ]);
  const settled = joinRecords([amd, other, armApp], null);
  expect(settled.ok && settled.value.publications[0]?.builds).toEqual(builds);
});

test('an image that was found unchanged is published like one that was built', () => {
  const record = {
    ...amd.record,
    targets: amd.record.targets.map((one) => ({...one, outcome: 'unchanged' as const})),
  };
  const joined = joinRecords([arm, {...amd, record}], null);
  expect(joined.ok && joined.value.digests.get('face/cpu@linux-amd64')).toBe(
    digestOf('face/cpu@linux-amd64'),
  );
});

const git = (commit: string, dirty = false): BuildRecord['git'] => ({
  ...{commit: commit.padEnd(40, '0'), branch: null, tag: null, dirty},
  ...{committedAt: '2026-11-24T05:00:00.000Z', remote: null},
});

test.each([
  ['commit 123000000000 and 456000000000', {git: git('456')}],
  ['commit 123000000000 and 123000000000 (modified)', {git: git('123', true)}],
  ['commit 123000000000 and none', {git: null}],
  [`build-matrix ${sampleRecord.tool} and 9.9.9`, {tool: '9.9.9'}],
  [`version ${sampleRecord.version} and 7.7`, {version: '7.7'}],
  [
    'plan abc and def',
    {sharding: {fingerprint: 'sha256:def', matrix: 'sha256:m', shards: [], publications}},
  ],
] as const)('records that do not belong together: %s', (said, changes) => {
  const first = {...amd, record: {...amd.record, git: git('123')}};
  const other = {...arm, record: {...arm.record, git: git('123'), ...changes}};
  expect(refusals(first, other)).toEqual([`amd.json and arm.json do not belong together: ${said}`]);
});

test('the record of a run that was the whole is refused', () => {
  expect(refusals({file: 'x.json', record: sampleRecord}, amd)).toEqual([
    'x.json is not the record of a shard',
  ]);
});
