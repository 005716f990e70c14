import {randomBytes} from 'node:crypto';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {readImage, type PlatformImage} from '../../../src/docker/read-image.ts';
import type {StageOfDockerfile} from '../../../src/docker/stage-layers.ts';
import {stageSizes, type BesideStages} from '../../../src/docker/stage-sizes.ts';
import {build, folderWith, images, processes, registry, type RealBuild} from './real-builds.ts';

const dockerfile = `FROM busybox:1.36 AS base
RUN echo base > /base
ENV A=1
WORKDIR /srv

FROM base AS builder
RUN head -c 300000 /dev/urandom > /built

FROM base AS install
COPY Dockerfile salt /srv/
RUN true
RUN echo install > /install

FROM install AS alias

FROM alias AS runtime
COPY --from=builder /built /srv/built
COPY --link Dockerfile /linked
COPY <<TEXT /text
FROM a heredoc
TEXT
USER 65534
EXPOSE 8080/tcp 9090
VOLUME /data
HEALTHCHECK CMD true
STOPSIGNAL SIGINT
SHELL ["/bin/sh", "-e", "-c"]
LABEL a=1 b=2
ARG LATE
ENTRYPOINT ["/bin/sh"]
CMD ["-c", "true"]
`;
const stages: readonly StageOfDockerfile[] = [
  {
    name: 'base',
    index: 0,
    line: 1,
    base: {kind: 'image', reference: 'busybox:1.36'},
    shipped: true,
    used: true,
  },
  {name: 'builder', index: 1, line: 6, base: {kind: 'stage', index: 0}, shipped: false, used: true},
  {name: 'install', index: 2, line: 9, base: {kind: 'stage', index: 0}, shipped: true, used: true},
  {name: 'alias', index: 3, line: 14, base: {kind: 'stage', index: 2}, shipped: true, used: true},
  {name: 'runtime', index: 4, line: 16, base: {kind: 'stage', index: 3}, shipped: true, used: true},
];
const beside: BesideStages = {images: new Map(), reasonOf: () => 'not exported'};
const both = ['linux/amd64', 'linux/arm64'];
const tag = `${registry}/stage-sizes/x:1`;

let folder: string;
beforeAll(async () => {
  folder = await folderWith({Dockerfile: dockerfile, salt: randomBytes(64).toString('hex')});
});
afterAll(() => rm(folder, {recursive: true}));

async function platformsOf(
  kind: keyof typeof images,
  repository: string,
  {metadata}: RealBuild,
  platforms: readonly string[],
): Promise<readonly PlatformImage[]> {
  const reference = metadata?.digest ?? '';
  const image = await readImage({images: images[kind], repository, reference, platforms});
  if (!image.ok) throw new Error(image.error.message);
  return image.value.platforms;
}

function expectExact(image: PlatformImage): void {
  const {layers, compressedBytes} = image;
  const {stages: sizes, unknownBecause} = stageSizes({dockerfile, stages, image, beside});
  expect(unknownBecause).toBeNull();
  expect(sizes?.map((stage) => [stage.name, stage.layers])).toEqual([
    ['base', 2],
    ['builder', null],
    ['install', 3],
    ['alias', 0],
    ['runtime', 3],
  ]);
  const added = sizes?.reduce((sum, {addedBytes}) => sum + (addedBytes ?? 0), 0) ?? NaN;
  expect((layers[0]?.size ?? NaN) + added).toBe(compressedBytes);
  expect(sizes?.at(-1)?.totalBytes).toBe(compressedBytes);
  // Random bytes do not compress: only the runtime stage can hold them.
  expect(sizes?.at(-1)?.addedBytes).toBeGreaterThan(300_000);
  expect(sizes?.[2]?.addedBytes).toBeLessThan(10_000);
}

describe.each(['bm-one', 'bm-nodes', 'default'])('%s', (builder) => {
  test.each([
    ['pushed', []],
    ['pushed again, all cached', []],
    ['pushed without attestations', ['--provenance=false']],
  ])('%s', async (_, args) => {
    const made = await build(folder, both, '--builder', builder, '-t', tag, '--push', ...args);
    const read = await platformsOf('push', `${registry}/stage-sizes/x`, made, both);
    expect(read.map(({platform}) => platform)).toEqual(both);
    read.forEach(expectExact);
  });
});

describe.each(['bm-one', 'default'])('%s', (builder) => {
  test('an OCI layout', async () => {
    const output = `type=oci,tar=false,dest=layout-${builder},name=x:1`;
    const made = await build(folder, both, '--builder', builder, '--output', output);
    const read = await platformsOf('oci', join(folder, `layout-${builder}`), made, both);
    expect(read).toHaveLength(2);
    read.forEach(expectExact);
  });

  test('loaded into docker', async () => {
    const platforms = ['linux/amd64'];
    const made = await build(
      folder,
      platforms,
      '--builder',
      builder,
      '-t',
      'stage-sizes:1',
      '--load',
    );
    const read = await platformsOf('load', made.metadata?.buildRef ?? '', made, platforms);
    await processes.run({command: 'docker', args: ['image', 'rm', 'stage-sizes:1']});
    expect(read).toHaveLength(platforms.length);
    read.forEach(expectExact);
  });
});

/** What is used of the SLSA predicate that buildx writes (docker/buildx build/provenance.go). */
interface ProvenancePredicate {
  metadata: {
    'https://mobyproject.org/buildkit@v1#metadata': {
      layers: Record<string, {size: number}[][]>;
      source: {locations: Record<string, {locations?: {ranges: {start: {line: number}}[]}[]}>};
    };
  };
}

test('they agree with the layers that the provenance tells', async () => {
  const platforms = ['linux/arm64'];
  const made = await build(folder, platforms, '--builder', 'bm-one', '-t', tag, '--push');
  const [read] = await platformsOf('push', `${registry}/stage-sizes/x`, made, platforms);
  const written = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')) as {
    'buildx.build.provenance': ProvenancePredicate;
  };
  const provenance = written['buildx.build.provenance'];
  const {layers, source} = provenance.metadata['https://mobyproject.org/buildkit@v1#metadata'];
  const totalAt = new Map(
    Object.entries(source.locations).map(([step, {locations}]) => [
      locations?.[0]?.ranges[0]?.start.line,
      layers[`${step}:0`]?.[0]?.reduce((sum, {size}) => sum + size, 0),
    ]),
  );
  if (read === undefined) throw new Error('nothing was read');
  const {stages: sizes} = stageSizes({dockerfile, stages, image: read, beside});
  const lastLine = {base: 4, install: 12, runtime: 19};
  for (const [name, line] of Object.entries(lastLine)) {
    expect(sizes?.find((stage) => stage.name === name)?.totalBytes).toBe(totalAt.get(line));
  }
});

test('an image from scratch, whatever its layers', async () => {
  const text = 'FROM scratch\nCOPY --link Dockerfile /a\nADD Dockerfile /b/\nWORKDIR /c\n';
  const own = await folderWith({Dockerfile: text});
  const made = await build(own, both, '--builder', 'bm-one', '-t', tag, '--push');
  const read = await platformsOf('push', `${registry}/stage-sizes/x`, made, both);
  await rm(own, {recursive: true});
  const stage = {
    name: null,
    index: 0,
    line: 1,
    base: {kind: 'scratch'},
    shipped: true,
    used: true,
  } as const;
  for (const image of read) {
    const {compressedBytes} = image;
    expect(stageSizes({dockerfile: text, stages: [stage], image, beside})).toMatchObject({
      stages: [{addedBytes: compressedBytes, totalBytes: compressedBytes, layers: 3}],
    });
  }
});
