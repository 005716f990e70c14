import {beforeEach, expect, test} from 'vitest';

import {recordOfRegistry, type RegistryRecord} from '../../../src/sizes/record-of-registry.ts';
import {reportOf} from '../../../src/sizes/report-of-record.ts';
import type {BuildRecord, PlatformRecord, TargetRecord} from '../../../src/records/build-record.ts';
import type {FoundDockerfile} from '../../../src/sizes/stored-image.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {sampleRecord} from '../records/sample-record.ts';
import {digestOf} from './sample-images.ts';

const oci = 'application/vnd.oci.image';
const dockerfile = 'FROM busybox AS base\nRUN make\nFROM base\nCOPY app /srv/\n';
const commands = ['ADD rootfs /', 'RUN /bin/sh -c make # buildkit', 'COPY app /srv/ # buildkit'];

let images: FakeImages;
/** The Dockerfile of now. */
let here: FoundDockerfile | null;
beforeEach(() => {
  images = createFakeImages();
  const build = {dockerfile, options: {}, hasAllOptions: false, isProven: false};
  here = {name: 'Dockerfile as it is here', build};
});

function put(reference: string, letter = '7', history = commands): void {
  const repository = reference.replace(/[:@][^/]*$/u, '');
  const config = digestOf(letter === '7' ? 'c' : 'd');
  images.put(reference, {
    ...{digest: digestOf(letter), mediaType: ''},
    json: {
      config: {mediaType: `${oci}.config.v1+json`, digest: config, size: 1},
      layers: history.map((_, index) => ({
        ...{mediaType: `${oci}.layer.v1.tar+zstd`, digest: digestOf(String(index))},
        size: 10 ** (index + 1),
      })),
    },
  });
  images.put(`${repository}@${config}`, {
    ...{digest: config, mediaType: ''},
    json: {
      ...{os: 'linux', architecture: 'amd64'},
      history: history.map((created_by) => ({created_by})),
    },
  });
}

const toCome = (platform: string): PlatformRecord => ({
  ...{platform, digest: '', config: {mediaType: '', digest: '', size: 0}, layers: []},
  ...{compressedBytes: 0, unpackedBytes: null, unpackedUnknownBecause: null},
  ...{stages: null, stagesUnknownBecause: null},
});

const target = (name: string, tags: readonly string[], platforms = ['linux/amd64']) => ({
  ...sampleRecord.targets[0]!,
  ...{id: `face/${name}`, image: 'face', name, tags, outcome: 'unstarted' as const},
  platforms: platforms.map(toCome),
});

const run = (reference: string, targets: readonly TargetRecord[]) => {
  const record: BuildRecord = {...sampleRecord, version: '1.5.0', targets};
  return recordOfRegistry({
    ...{reference, toCome: record, images},
    builtHere: () =>
      Promise.resolve({stage: null, dockerfile: here, dockerfileAt: () => Promise.resolve(null)}),
  });
};
const read = async (...args: Parameters<typeof run>): Promise<RegistryRecord> => {
  const result = await run(...args);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};
const refusal = async (...args: Parameters<typeof run>): Promise<string> => {
  const result = await run(...args);
  return result.ok ? 'none' : `${result.error.message} | ${result.error.remedy}`;
};

const cpu = target('cpu', ['r.io/face:1.5.0-cpu']);
const cuda = target('cuda', ['r.io/face:1.5.0-cuda']);

test('a tag is that of each target; stages by the Dockerfile here, where the history proves it', async () => {
  put('r.io/face:1.4.2-cpu');
  put('r.io/face:1.4.2-cuda', '8', ['ADD rootfs /', 'RUN /bin/sh -c make all']);
  const {record, unread, explain} = await read('1.4.2', [cpu, cuda]);
  expect(unread).toEqual([]);
  expect(record).toMatchObject({version: '1.4.2', git: null, outcome: 'succeeded'});
  expect(record.targets.map(({tags, output}) => [tags, output.kind])).toEqual([
    [['r.io/face:1.4.2-cpu'], 'push'],
    [['r.io/face:1.4.2-cuda'], 'push'],
  ]);
  expect(explain(reportOf(record)).images).toMatchObject([
    {
      ...{target: 'face/cpu', size: {compressed: 1110}, toldBy: 'Dockerfile as it is here'},
      base: {from: 'busybox', size: {compressed: 10}},
      stages: [
        {name: 'base', added: {compressed: 100}},
        {name: 'stage-1', added: {compressed: 1000}},
      ],
    },
    {
      ...{target: 'face/cuda', size: {compressed: 110}, base: null, stages: []},
      unknown: [
        'Dockerfile as it is here does not tell the stages: the history in the image configuration does not fit the Dockerfile',
        'Sizes of stages: no Dockerfile is known that made the image',
      ],
    },
  ]);
});

test('what the Dockerfile here does not prove is told', async () => {
  put('r.io/face:1.4.2-cpu');
  here = here === null ? null : {...here, caution: 'its base may be another'};
  const {record, explain} = await read('1.4.2', [cpu]);
  expect(explain(reportOf(record)).images[0]?.unknown).toEqual(['its base may be another']);
  here = null;
  const unread = await read('1.4.2', [cpu]);
  expect(unread.record.targets[0]?.platforms[0]).toMatchObject({stages: null});
});

test('a reference or a digest is of one image: of the target with this very tag, or the only one', async () => {
  put('r.io/face:1.5.0-cuda');
  const tagged = await read('r.io/face:1.5.0-cuda', [cpu, cuda]);
  expect(tagged.record.targets.map(({id}) => id)).toEqual(['face/cuda']);
  put('r.io/face:other');
  expect(await refusal('r.io/face:other', [cpu, cuda])).toBe(
    '--image r.io/face:other: its image for linux/amd64 may be of face/cpu, face/cuda | name the target that it is of',
  );
  expect((await read('r.io/face:other', [cpu])).record.targets).toHaveLength(1);
  put(`r.io/face@${digestOf('7')}`);
  expect(await refusal(digestOf('7'), [cpu, cuda])).toContain('may be of face/cpu, face/cuda');
  // Two parts of one target are its platforms.
  const part = {...target('cpu', cpu.tags, ['linux/arm64']), id: 'face/cpu@linux-arm64'};
  const both = await read('r.io/face:other', [cpu, part]);
  expect(both.record.targets).toMatchObject([{platforms: [{platform: 'linux/amd64'}]}]);
  expect(both.unread).toMatchObject([
    {
      ...{target: 'face/cpu', platform: 'linux/arm64'},
      failure: {
        message:
          'r.io/face:other (linux/arm64) cannot be read: it is an image for linux/amd64, not for linux/arm64',
      },
    },
  ]);
});

test('what is nowhere, and what cannot be read', async () => {
  expect(await refusal('0.9', [cpu, target('x', [])])).toBe(
    '--image 0.9: r.io/face:0.9-cpu, r.io/face:0.9 is not in the registry | give an image reference, a digest, or a tag of the targets in matrix.yml',
  );
  expect(await refusal('0.9', [target('x', [])])).toBe(
    '--image 0.9: face/x goes to no registry | give an image reference, a digest, or a tag of the targets in matrix.yml',
  );
  put('r.io/face:1.4.2-cpu');
  const {record, unread} = await read('1.4.2', [cpu, cuda]);
  expect(record.targets.map(({id}) => id)).toEqual(['face/cpu']);
  expect(unread).toMatchObject([{target: 'face/cuda', failure: {kind: 'not-found'}}]);
});
