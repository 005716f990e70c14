import {createHash} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import {beforeEach, expect, test} from 'vitest';

import {openLayerSizes} from '../../../src/layers/layer-sizes.ts';
import {err, ok} from '../../../src/model/result.ts';
import {createUnpacker, type LayerPlace} from '../../../src/layers/unpack-layers.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';

const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Nothing takes the archive apart, so that any bytes will do. */
function layerOf(text: string) {
  const archive = Buffer.from(text);
  const stored = gzipSync(archive);
  return {
    stored,
    diffId: sha256(archive),
    layer: {mediaType, digest: sha256(stored), size: stored.length},
  };
}
const one = layerOf('x'.repeat(5000));
const two = layerOf('y'.repeat(70));
const image = {layers: [one.layer, two.layer], diffIds: ok([one.diffId, two.diffId])};
const signal = new AbortController().signal;

let images: ReturnType<typeof createFakeImages>;
let place: LayerPlace;
let files: ReturnType<typeof createFakeFiles>;
beforeEach(() => {
  images = createFakeImages();
  files = createFakeFiles({});
  place = ok({images, repository: 'r.io/x'});
  for (const {stored, layer} of [one, two]) images.putBlob(`r.io/x@${layer.digest}`, stored);
});
const unpacker = () => createUnpacker(openLayerSizes(files, 'layers.json'));

test('each layer is read, once for all images and runs', async () => {
  const unpack = unpacker();
  const both = {
    layers: [
      {...one.layer, unpackedBytes: 5000},
      {...two.layer, unpackedBytes: 70},
    ],
    unknownBecause: null,
  };
  const wanted = [unpack(image, () => place, signal), unpack(image, () => place, signal)];
  expect(await Promise.all(wanted)).toEqual([both, both]);
  expect(images.asked).toHaveLength(2);
  expect(await unpacker()(image, () => err('elsewhere'), signal)).toEqual(both);
  expect(images.asked).toHaveLength(2);
});

test('a layer that is not read here is told when it is read elsewhere at the same time', async () => {
  const unpack = unpacker();
  const reading = unpack(image, () => place, signal);
  expect(await unpack(image, () => err('elsewhere'), signal)).toEqual(await reading);
});

test('a layer that may not be read is unknown, the others are not', async () => {
  const placeOf = (position: number): LayerPlace => (position === 0 ? err('elsewhere') : place);
  expect(await unpacker()(image, placeOf, signal)).toMatchObject({
    layers: [{unpackedBytes: null}, {unpackedBytes: 70}],
    unknownBecause: 'elsewhere',
  });
});

const short = one.layer.digest.slice(7, 19);
test.each<[string, Partial<typeof one.layer>, string | null, string]>([
  [
    'other bytes than those of the manifest',
    {size: 7},
    null,
    `layer ${short} could not be read: what came is not what the manifest names`,
  ],
  [
    'another archive than that of the configuration',
    {},
    two.diffId,
    `layer ${short} is not the one that the image configuration names`,
  ],
  [
    'an unknown kind of layer',
    {mediaType: 'application/x'},
    null,
    `layer ${short} could not be read: layers of type application/x cannot be read`,
  ],
])('%s has no size', async (_, change, diffId, unknownBecause) => {
  const strange = {layers: [{...one.layer, ...change}], diffIds: ok([diffId ?? one.diffId])};
  expect(await unpacker()(strange, () => place, signal)).toMatchObject({
    ...{layers: [{unpackedBytes: null}], unknownBecause},
  });
  // Nothing wrong is remembered.
  expect(await unpacker()(image, () => place, signal)).toMatchObject({unknownBecause: null});
});

test('a layer that is gone, and a configuration without diff ids, are told as such', async () => {
  const gone = {layers: [{...one.layer, digest: sha256(Buffer.of(1))}], diffIds: ok(['sha256:x'])};
  const {unknownBecause} = await unpacker()(gone, () => place, signal);
  expect(unknownBecause).toMatch(/^layer [0-9a-f]{12} could not be read: .*not found$/u);
  const unnamed = {layers: [one.layer], diffIds: err('no diff ids')};
  expect(await unpacker()(unnamed, () => place, signal)).toMatchObject({
    unknownBecause: 'no diff ids',
  });
});

test('layers of another machine are read only when that is asked for', async () => {
  const farPlace: LayerPlace = ok({images, repository: 'r.io/x', isFar: true});
  const layerSizes = () => openLayerSizes(files, 'layers.json');
  expect(await createUnpacker(layerSizes())(image, () => farPlace, signal)).toMatchObject({
    layers: [{unpackedBytes: null}, {unpackedBytes: null}],
    unknownBecause:
      'the layers are in a registry that is not on this machine; `--unpacked` reads them',
  });
  expect(images.asked).toEqual([]);
  const all = {layers: [{unpackedBytes: 5000}, {unpackedBytes: 70}], unknownBecause: null};
  expect(await createUnpacker(layerSizes(), true)(image, () => farPlace, signal)).toMatchObject(
    all,
  );
  // From then on they are known.
  expect(await createUnpacker(layerSizes())(image, () => farPlace, signal)).toMatchObject(all);
});
