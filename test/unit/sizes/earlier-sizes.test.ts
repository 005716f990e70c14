import {beforeEach, describe, expect, test} from 'vitest';

import {openLayerSizes} from '../../../src/layers/layer-sizes.ts';
import {createUnpacker} from '../../../src/layers/unpack-layers.ts';
import {err} from '../../../src/model/result.ts';
import type {Git} from '../../../src/ports/git.ts';
import type {BuildRecord} from '../../../src/records/build-record.ts';
import {formatRecord} from '../../../src/records/record-codec.ts';
import {createRecordStore} from '../../../src/records/record-store.ts';
import {recordFileOf} from '../../../src/records/state-folder.ts';
import {earlierSizes, type EarlierRequest} from '../../../src/sizes/earlier-sizes.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {digestOf, sampleRecord} from '../records/sample-record.ts';

const commit = 'c'.repeat(40);
const other = 'd'.repeat(40);
const idOf = (day: number): string => `2026010${String(day)}-030405-678-1f9a3c`;

let files: FakeFiles;
let images: FakeImages;
beforeEach(() => {
  files = createFakeFiles();
  images = createFakeImages();
});

const git: Git = {
  facts: () => Promise.reject(new Error('nobody asks')),
  commitOf: (folder, revision) => {
    expect(folder).toBe('.');
    const known: Readonly<Record<string, string>> = {v1: commit, 'feature/x': commit, old: other};
    return Promise.resolve(known[revision] ?? null);
  },
  fileAt: () => Promise.resolve(null),
};

const unpack: EarlierRequest['unpack'] = (image) =>
  createUnpacker(openLayerSizes(files, 'layers.json'))(
    image,
    () => err('nobody reads them'),
    new AbortController().signal,
  );

/** A run of that day with the one image of the sample, pushed under these tags. */
function run(
  day: number,
  tags: readonly string[] = ['r.io/face:1.2.3-cuda'],
  dirty = false,
): BuildRecord {
  const targets = sampleRecord.targets.slice(0, 1).map((target) => ({
    ...target,
    tags,
    output: {kind: 'push' as const, through: 'digest' as const, repositories: []},
  }));
  const facts = {...sampleRecord.git, ...{commit, branch: null, tag: null, dirty}};
  return {
    ...{...sampleRecord, runId: idOf(day), targets},
    git: {...facts, committedAt: '', remote: null},
  };
}

function keep(...records: readonly BuildRecord[]): void {
  for (const record of records) files.put(recordFileOf(record.runId), formatRecord(record));
}

/** An image of one layer of this many bytes in the registry. */
function push(tag: string, size: number): void {
  const digest = digestOf('7');
  const config = {
    ...{mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('8'), size: 1},
  };
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layers = [{mediaType, digest: digestOf('6'), size}];
  images.put(`r.io/face${tag}`, {digest, mediaType: '', json: {config, layers}});
}

const find = (against: string, current = run(5)) =>
  earlierSizes({
    ...{against, current, files, git, images, unpack, folder: '.'},
    records: createRecordStore(files),
  });

/** What it is called, or the message of the failure. */
async function nameOf(against: string, current?: BuildRecord): Promise<string> {
  const found = await find(against, current);
  return found.ok ? found.value.name : found.error.message;
}

/** The run as its target is called when it was built in parts, each by a builder of its own. */
const inParts = (record: BuildRecord): BuildRecord => ({
  ...record,
  targets: record.targets.map((target) => ({...target, id: `${target.id}@linux-amd64`})),
});

test.each([
  ['from a whole to parts', run(1), inParts(run(2))],
  ['from parts to a whole', inParts(run(1)), run(2)],
])('platforms that moved between builders, %s, are compared all the same', async (_, then, now) => {
  keep(then);
  push(':1.1.0-cuda', 4000);
  for (const against of ['previous', '1.1.0', 'r.io/face:1.1.0-cuda']) {
    const found = await find(against, now);
    expect(found.ok && found.value.report.images).toMatchObject([
      {target: 'face-service/cuda-12.6', platform: 'linux/amd64'},
    ]);
  }
});

describe('records', () => {
  test.each(['previous', 'latest-but-one'])(
    '%s: the run before, of those with sizes',
    async (word) => {
      keep(run(1), run(2), {...run(3), targets: []}, run(5), run(6));
      expect(await nameOf(word)).toBe(`run ${idOf(2)}`);
    },
  );

  test('there is no run before', async () => {
    keep(run(5));
    expect(await nameOf('previous')).toBe(
      '--against previous: there is no earlier run with sizes of face-service/cuda-12.6',
    );
  });

  test('a run by its id, and a run that is not kept', async () => {
    keep(run(2));
    expect(await nameOf(idOf(2))).toBe(`run ${idOf(2)}`);
    expect(await nameOf(idOf(1))).toBe('there is no record of this run');
  });

  test('a file: a record, a newer one, a cut one, and none', async () => {
    files.put('old.json', formatRecord(run(2)));
    files.put('newer', '{"schema": 2}');
    files.put('cut.json', formatRecord(run(2)).slice(0, 300));
    expect(await nameOf('old.json')).toBe('old.json');
    expect(await nameOf('newer')).toBe(
      'written by a newer build-matrix (schema 2, this one reads 1): update build-matrix',
    );
    expect(await nameOf('cut.json')).toBe('not a record: the file is not JSON, or was cut short');
    expect(await nameOf('none.json')).toBe('there is no such file');
  });

  test('a git revision: the last clean run of that commit, or else one that was not clean', async () => {
    keep(run(1), run(2), run(3, [], true), run(5));
    expect(await nameOf('feature/x')).toBe('feature/x');
    expect(await find('v1')).toMatchObject({ok: true, value: {report: {at: run(2).finishedAt}}});
    files = createFakeFiles();
    keep(run(3, [], true));
    expect(await find('v1')).toMatchObject({
      value: {
        report: {
          unknown: [
            `run ${idOf(3)} was built of cccccccccccc with changes that were not committed`,
          ],
        },
      },
    });
  });
});

describe('registries', () => {
  const compressed = async (against: string, current?: BuildRecord) => {
    const found = await find(against, current);
    return found.ok ? found.value.report.images[0]?.size.compressed : found.error.message;
  };

  test('a tag in the place of the version, before the tag itself', async () => {
    push(':1.1.0-cuda', 10);
    push(':1.1.0', 20);
    expect(await compressed('1.1.0')).toBe(10);
    expect(await compressed('v1.1.0')).toBe(10);
    expect(await compressed('1.1.0', run(5, ['r.io/face:latest']))).toBe(20);
  });

  test('a git revision without a run may be a tag too', async () => {
    push(':old', 30);
    expect(await compressed('old')).toBe(30);
  });

  test('a digest, and a full reference', async () => {
    push(`@${digestOf('7')}`, 40);
    push(':x', 50);
    expect(await compressed(digestOf('7'))).toBe(40);
    expect(await compressed('r.io/face:x')).toBe(50);
  });

  test('a full reference is not meant for targets of other repositories', async () => {
    push(':x', 50);
    const [target] = run(5).targets;
    if (target === undefined) throw new Error('no target');
    const targets = [target, {...target, id: 'b/b', image: 'b', name: 'b', tags: ['r.io/b:1']}];
    const found = await find('r.io/face:x', {...run(5), targets});
    expect(found).toMatchObject({
      value: {
        report: {
          images: [{target: 'face-service/cuda-12.6'}],
          unknown: ['b/b is not stored in the repository of r.io/face:x'],
        },
      },
    });
  });

  test('what is nowhere is named with where it was looked for', async () => {
    keep(run(5));
    expect(await nameOf('1.0.0')).toBe(
      '--against 1.0.0: r.io/face:1.0.0-cuda, r.io/face:1.0.0 (linux/amd64) is not in the registry',
    );
    expect(await nameOf('old')).toBe(
      '--against old: it is commit dddddddddddd, of which no run is kept; r.io/face:old-cuda, r.io/face:old (linux/amd64) is not in the registry',
    );
    expect(await nameOf('1.0.0', {...run(5), targets: []})).toBe(
      '--against 1.0.0: there is nothing to compare',
    );
    expect(await nameOf('no tag!')).toBe(
      '--against no tag!: invalid image `no tag!`: invalid repository name `no tag!`',
    );
  });

  test('a registry that refuses is told, and nothing is guessed', async () => {
    images.fail('r.io/face:1.0.0-cuda', {kind: 'unauthorized', message: 'r.io refuses'});
    expect(await find('1.0.0')).toMatchObject({
      ok: true,
      value: {
        name: '1.0.0',
        report: {
          images: [],
          unknown: ['r.io/face:1.0.0-cuda (linux/amd64) cannot be read: r.io refuses'],
        },
      },
    });
  });

  test('an image that goes to no registry is not looked for among the official ones', async () => {
    const current = run(5, ['face:1']);
    const targets = current.targets.map((target) => ({...target, output: {kind: 'load' as const}}));
    expect(await nameOf('1.0.0', {...current, targets})).toBe(
      '--against 1.0.0: face-service/cuda-12.6 goes to no registry',
    );
    expect(images.asked).toEqual([]);
  });
});
