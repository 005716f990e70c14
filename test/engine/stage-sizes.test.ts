import {randomBytes} from 'node:crypto';
import {join} from 'node:path';

import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {createLayoutImages} from '../../src/adapters/oci-layout-images.ts';
import {nodeFiles} from '../../src/adapters/node-files.ts';
import {readImage, type PlatformImage} from '../../src/docker/read-image.ts';
import {stageSizes, unpackedBytesOf, type StageSize} from '../../src/docker/stage-sizes.ts';
import type {LayerSizes} from '../../src/layers/layer-sizes.ts';
import {ok} from '../../src/model/result.ts';
import type {PlatformRecord} from '../../src/records/build-record.ts';
import {createUnpacker} from '../../src/layers/unpack-layers.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';
import {build, images, processes, registry} from './docker/real-builds.ts';

const dockerfile = `# syntax-free
ARG VARIANT=one
FROM busybox:1.36 AS base-one
RUN echo one > /one
FROM busybox:1.36 AS base-two
RUN echo two > /two
FROM base-\${VARIANT} AS base
FROM scratch AS files
WORKDIR /files
COPY --link salt /files/linked
COPY <<A <<B /files/
first
A
second
B
FROM base AS builder
ONBUILD RUN echo triggered > /triggered
RUN <<MAKE
head -c 200000 /dev/urandom > /built
sha256sum /built > /sum
MAKE
FROM builder AS library
COPY salt /library
FROM base AS tests
RUN echo never built
FROM busybox:1.36 AS tools
FROM base AS alias
FROM alias AS again
COPY --link --from=files /files /files
COPY --from=library /library /library
RUN --mount=type=bind,from=tools,target=/tools cp /tools/bin/busybox /copied
RUN echo again > /again
FROM again AS runtime
ENV A=1
CMD ["sh"]
`;
const both = ['linux/amd64', 'linux/arm64'];
const matrix = (settings: string): string => `version: 1
images:
  sizes:
    targets:
      main: {platforms: [${both.join(', ')}]${settings}}
`;

/** A folder in which the same can be built by hand. */
let command: RealCommand;
beforeAll(async () => {
  const salt = randomBytes(64).toString('hex');
  command = await realCommand({'matrix.yml': matrix(''), Dockerfile: dockerfile, salt});
});
afterAll(async () => {
  const tags = (await command.record()).targets.flatMap((target) => target.tags);
  await processes.run({command: 'docker', args: ['image', 'rm', '--force', ...tags]});
  await command.close();
});

async function recorded(args: readonly string[]): Promise<readonly PlatformRecord[]> {
  const ended = await command.run(['build', ...args]);
  expect(ended).toMatchObject({exitCode: 0});
  const platforms = (await command.record()).targets[0]?.platforms ?? [];
  expect(platforms.length).toBeGreaterThan(0);
  return platforms;
}

/** The layers of a stage that was built by hand on the same builder, as its own manifest tells them. */
async function byHand(builder: string, stage: string): Promise<readonly PlatformImage[]> {
  const output = `type=oci,tar=false,dest=hand-${builder}-${stage}`;
  const args = ['--builder', builder, '--target', stage, '--provenance=false', '--output', output];
  const {metadata} = await build(command.folder, both, ...args);
  const read = await readImage({
    images: createLayoutImages(nodeFiles),
    repository: join(command.folder, `hand-${builder}-${stage}`),
    reference: metadata?.digest ?? '',
    platforms: both,
  });
  if (!read.ok) throw new Error(read.error.message);
  return read.value.platforms;
}

const sum = (sizes: readonly (number | null)[]): number =>
  sizes.reduce<number>((all, size) => all + (size ?? NaN), 0);

/** Every shipped stage and instruction is told, and they add up to the manifest to the byte. */
function expectExact({stages, layers, compressedBytes, unpackedBytes}: PlatformRecord): void {
  const shipped = (stages ?? []).filter((stage) => stage.shipped);
  expect(shipped.map(({name, layers: count}) => [name, count])).toEqual([
    ['base-one', 1],
    ['base', 0],
    ['alias', 0],
    ['again', 4],
    ['runtime', 0],
  ]);
  const [base] = layers;
  expect(sum([base?.size ?? null, ...shipped.map((stage) => stage.addedBytes)])).toBe(
    compressedBytes,
  );
  expect(sum(layers.map(({size}) => size))).toBe(compressedBytes);
  expect(sum(layers.map((layer) => layer.unpackedBytes))).toBe(unpackedBytes);
  expect(shipped.at(-1)).toMatchObject({
    ...{totalBytes: compressedBytes, totalUnpackedBytes: unpackedBytes},
  });
  for (const stage of stages ?? []) {
    if (stage.addedBytes === null) continue;
    expect(sum(stage.instructions.map((one) => one.addedBytes))).toBe(stage.addedBytes);
  }
  const again = shipped.find(({name}) => name === 'again');
  const made = again?.instructions.map(({line, text, layer}) => [
    ...[line, text.split(' ', 1)[0], layers.findIndex(({digest}) => digest === layer)],
  ]);
  expect(made).toEqual([
    [29, 'COPY', 2],
    [30, 'COPY', 3],
    [31, 'RUN', 4],
    [32, 'RUN', 5],
  ]);
}

const besideOf = (platform: PlatformRecord): readonly StageSize[] =>
  (platform.stages ?? []).filter((stage) => !stage.shipped);

describe.each(['bm-one', 'default'])('%s', (builder) => {
  const push = ['--builder', builder, '--push', '--registry', registry];
  test.each<[string, readonly string[]]>([
    ['pushed', push],
    ['pushed without attestations', [...push, '--set', '*.provenance=false']],
    ['pushed with all attestations', [...push, '--set', '*.provenance=max']],
    ['in an OCI layout', ['--builder', builder, '--output', `out-${builder}`]],
    ['loaded', ['--builder', builder, '--load', '--platform', 'linux/amd64']],
  ])('%s: sizes are those of the manifest, and of the stages by themselves', async (_, args) => {
    const platforms = await recorded(args);
    platforms.forEach(expectExact);
    for (const platform of platforms) {
      expect(besideOf(platform).map(({name, unknownBecause}) => [name, unknownBecause])).toEqual([
        ['base-two', 'the build does not use it'],
        ['files', null],
        ['builder', null],
        ['library', null],
        ['tests', 'the build does not use it'],
        ['tools', null],
      ]);
    }
    for (const stage of ['files', 'builder', 'library', 'tools']) {
      const hand = await byHand(builder, stage);
      for (const platform of platforms) {
        const image = hand.find((one) => one.platform === platform.platform);
        const size = besideOf(platform).find(({name}) => name === stage);
        expect([stage, size?.totalBytes]).toEqual([stage, image?.compressedBytes]);
        expect(image?.layers.map(({digest}) => digest)).toEqual(
          expect.arrayContaining(size?.instructions.flatMap(({layer}) => layer ?? []) ?? []),
        );
      }
    }
  });
});

test('what ONBUILD made the stage do counts for the stage that did it', async () => {
  const [platform] = await recorded(['--builder', 'bm-one', '--push', '--registry', registry]);
  const library = platform?.stages?.find(({name}) => name === 'library');
  expect(library?.instructions.map(({line, text}) => [line, text])).toEqual([
    [17, 'ONBUILD RUN echo triggered > /triggered'],
    [23, 'COPY salt /library'],
  ]);
});

test('another base, chosen by an argument, is what is shipped', async () => {
  const platforms = await recorded([
    ...['--builder', 'bm-one', '--output', 'out-two', '--set', '*.args.VARIANT=two'],
  ]);
  const names = platforms[0]?.stages?.filter(({shipped}) => shipped).map(({name}) => name);
  expect(names).toEqual(['base-two', 'base', 'alias', 'again', 'runtime']);
});

test('without the cache nothing is exported, and why', async () => {
  const [platform] = await recorded([
    ...['--builder', 'bm-one', '--output', 'out-no-cache', '--no-cache'],
    ...['--platform', 'linux/amd64'],
  ]);
  expect(besideOf(platform ?? ({} as PlatformRecord))[2]).toMatchObject({
    ...{name: 'builder', totalBytes: null},
    unknownBecause:
      'it was built without the cache, so that what the cache holds need not be what the image was made from',
  });
});

test('several nodes: each builds a part, of which every stage is told', async () => {
  const platforms = await recorded(['--builder', 'bm-nodes', '--push', '--registry', registry]);
  platforms.forEach(expectExact);
  const [, , builder] = besideOf(platforms[0] ?? ({} as PlatformRecord));
  expect(builder).toMatchObject({name: 'builder', unknownBecause: null});
  expect(builder?.totalBytes).toBeGreaterThan(0);
});

describe.each(['gzip', 'zstd', 'uncompressed'])('%s layers', (compression) => {
  test('add up to the manifest, and unpacked they are what the diff ids name', async () => {
    const tag = `${registry}/sizes/${compression}:1`;
    const output = `type=registry,name=${tag},compression=${compression},force-compression=true,oci-mediatypes=true`;
    const made = await build(command.folder, both, '--builder', 'bm-one', '--output', output);
    const repository = `${registry}/sizes/${compression}`;
    const read = await readImage({
      images: images.push,
      ...{repository, reference: made.metadata?.digest ?? '', platforms: both},
    });
    if (!read.ok) throw new Error(read.error.message);
    const stages = await planned();
    const unpack = createUnpacker(noneKnown);
    for (const image of read.value.platforms) {
      const {layers, unknownBecause} = await unpack(
        image,
        () => ok({images: images.push, repository}),
        new AbortController().signal,
      );
      expect(unknownBecause).toBeNull();
      const sizes = stageSizes({
        ...{dockerfile, stages, image: {history: image.history, layers}},
        beside: {images: new Map(), reasonOf: () => 'not asked'},
      });
      const total = sizes.stages?.at(-1);
      expect(total).toMatchObject({totalBytes: image.compressedBytes});
      expect(total?.totalUnpackedBytes).toBe(unpackedBytesOf(layers));
      // A layer that is not compressed is its archive.
      const compressed = unpackedBytesOf(layers) !== image.compressedBytes;
      expect(compressed).toBe(compression !== 'uncompressed');
    }
  });
});

const noneKnown: LayerSizes = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(),
};

/** The stages as the plan has them. */
async function planned() {
  const {stdout} = await command.run(['plan', '--json']);
  const plan = JSON.parse(stdout) as {
    targets: {stages: Parameters<typeof stageSizes>[0]['stages']}[];
  };
  return plan.targets[0]?.stages ?? [];
}
