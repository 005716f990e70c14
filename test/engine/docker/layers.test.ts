import {randomBytes} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {readImage, type PlatformImage} from '../../../src/docker/read-image.ts';
import {readLayer, type LayerEntry} from '../../../src/layers/read-layer.ts';
import {build, folderWith, images, processes, registry} from './real-builds.ts';

const dockerfile = `FROM busybox:1.36 AS base
COPY salt /srv/salt
RUN head -c 3000000 /dev/urandom > /srv/built && ln /srv/built /srv/hard && ln -s built /srv/soft
RUN rm /srv/salt && rm -r /var && mkdir /var && echo new > /var/new
`;
const platforms = ['linux/amd64'];
const oci = 'application/vnd.oci.image.layer.v1.tar';
const repository = `${registry}/layers/x`;

let folder: string;
beforeAll(async () => {
  folder = await folderWith({Dockerfile: dockerfile, salt: randomBytes(64).toString('hex')});
});
afterAll(() => rm(folder, {recursive: true}));

/** The image that a build with this output made, and where it is. */
async function made(
  kind: keyof typeof images,
  place: string | undefined,
  ...args: readonly string[]
): Promise<{readonly place: string; readonly image: PlatformImage}> {
  const {metadata} = await build(folder, platforms, ...args);
  const where = place ?? metadata?.buildRef ?? '';
  const request = {images: images[kind], reference: metadata?.digest ?? '', platforms};
  const read = await readImage({...request, repository: where});
  const [image] = read.ok ? read.value.platforms : [];
  if (image === undefined) throw new Error(read.ok ? 'no platform' : read.error.message);
  return {place: where, image};
}

/** Reads every layer, and proves it by what the manifest and the configuration name. */
async function expectProved(
  kind: keyof typeof images,
  {place, image}: Awaited<ReturnType<typeof made>>,
): Promise<readonly LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const proved: unknown[] = [];
  for (const {digest, mediaType} of image.layers) {
    const blob = await images[kind].blob(place, digest);
    if (!blob.ok) throw new Error(blob.error.message);
    const onEntry = (entry: LayerEntry): undefined => void entries.push(entry);
    proved.push(await readLayer(blob.value, mediaType, {onEntry}));
  }
  const diffIds = image.diffIds.ok ? image.diffIds.value : [];
  expect(proved).toEqual(
    image.layers.map(({digest, size}, position) => ({
      ok: true,
      value: {
        digest,
        diffId: diffIds[position],
        bytes: size,
        unpackedBytes: expect.any(Number) as number,
      },
    })),
  );
  return entries;
}

const inTheImage: readonly LayerEntry[] = [
  {path: 'srv/salt', kind: 'file', bytes: 128},
  {path: 'srv/built', kind: 'file', bytes: 3_000_000},
  {path: 'srv/hard', kind: 'hardlink', bytes: 0, linkTarget: 'srv/built'},
  {path: 'srv/soft', kind: 'symlink', bytes: 0, linkTarget: 'built'},
  {path: 'srv/salt', kind: 'whiteout', bytes: 0},
  {path: 'var/new', kind: 'file', bytes: 4},
];

test.each([
  ['bm-one', 'gzip', 'tar+gzip'],
  ['bm-one', 'zstd', 'tar+zstd'],
  ['bm-one', 'uncompressed', 'tar'],
  // Many gzip members.
  ['bm-one', 'estargz', 'tar+gzip'],
  ['default', 'zstd', 'tar+zstd'],
])('pushed by %s as %s', async (builder, compression, type) => {
  const output = `type=image,name=${repository}:${builder}-${compression},push=true`;
  const image = await made(
    'push',
    repository,
    ...['--builder', builder, '--output'],
    `${output},compression=${compression},force-compression=true,oci-mediatypes=true`,
  );
  expect(image.image.layers.map(({mediaType}) => mediaType)).toEqual(
    image.image.layers.map(() => oci.replace('tar', type)),
  );
  expect(await expectProved('push', image)).toEqual(expect.arrayContaining([...inTheImage]));
});

test('of an OCI layout', async () => {
  const output = 'type=oci,tar=false,dest=layout,name=x:1';
  const image = await made(
    'oci',
    join(folder, 'layout'),
    ...['--builder', 'bm-one', '--output', output],
  );
  expect(await expectProved('oci', image)).toEqual(expect.arrayContaining([...inTheImage]));
});

test.each(['bm-one', 'default'])('of the record of a build by %s', async (builder) => {
  const image = await made(
    'load',
    undefined,
    ...['--builder', builder, '-t', 'layers:1', '--load'],
  );
  await processes.run({command: 'docker', args: ['image', 'rm', 'layers:1']});
  expect(await expectProved('load', image)).toEqual(expect.arrayContaining([...inTheImage]));
});
