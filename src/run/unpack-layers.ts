import pLimit from 'p-limit';
import type {PlatformImage} from '../docker/read-image.ts';
import type {KnownLayer, LayerSizes} from '../layers/layer-sizes.ts';
import {readLayer} from '../layers/read-layer.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Descriptor, Images} from '../ports/images.ts';
import type {LayerRecord} from '../records/build-record.ts';

/** Layers that are read at once, by all targets together: each keeps a processor busy. */
const readsAtOnce = 2;

/** Where layers can be read; or why they are not, in one sentence. */
export type LayerPlace = Result<{readonly images: Images; readonly repository: string}, string>;

export interface UnpackedImage {
  readonly layers: readonly LayerRecord[];
  /** Why a layer's size is not known; null when all are. */
  readonly unknownBecause: string | null;
}

/**
 * Finds out the unpacked sizes of an image's layers: what is known of earlier runs, and the others by
 * reading them, each once however many images have it. `placeOf` tells where the layer at a position is
 * read. A size is only told when the bytes are those that the manifest and the configuration name.
 */
export type UnpackLayers = (
  image: Pick<PlatformImage, 'layers' | 'diffIds'>,
  placeOf: (position: number) => LayerPlace,
  signal: AbortSignal,
) => Promise<UnpackedImage>;

/** Keeps what it learns in `sizes`. */
export function createUnpacker(sizes: LayerSizes): UnpackLayers {
  const limit = pLimit(readsAtOnce);
  /** Not waited for between two layers, so that many are written at once. */
  let keeping = Promise.resolve();
  const keep = (digest: string, layer: KnownLayer): void => {
    const kept = sizes.put(digest, layer);
    keeping = keeping.then(() => kept);
  };
  /** Readings under way, by digest and diff id. */
  const readings = new Map<string, Promise<Result<number, string>>>();

  const sizeOf = async (
    layer: Descriptor,
    diffId: string,
    place: LayerPlace,
    signal: AbortSignal,
  ): Promise<Result<number, string>> => {
    const known = await sizes.get(layer.digest);
    if (known?.diffId === diffId) return ok(known.unpackedBytes);
    const key = `${layer.digest} ${diffId}`;
    if (!place.ok) return (await readings.get(key)) ?? place;
    const reading =
      readings.get(key) ??
      limit(async () => {
        const read = await unpackLayer(layer, diffId, place.value, signal);
        if (read.ok) keep(layer.digest, {diffId, unpackedBytes: read.value});
        return read;
      });
    readings.set(key, reading);
    const read = await reading;
    // Another place may do better.
    if (!read.ok) readings.delete(key);
    return read;
  };

  return async ({layers, diffIds}, placeOf, signal) => {
    const found = await Promise.all(
      layers.map(async (layer, position) =>
        diffIds.ok
          ? sizeOf(layer, diffIds.value[position] ?? '', placeOf(position), signal)
          : diffIds,
      ),
    );
    await keeping;
    const reasons = found.flatMap((size) => (size.ok ? [] : [size.error]));
    return {
      layers: layers.map((layer, position) => {
        const size = found[position];
        return {...layer, unpackedBytes: size?.ok === true ? size.value : null};
      }),
      unknownBecause: reasons[0] ?? null,
    };
  };
}

async function unpackLayer(
  {digest, size, mediaType}: Descriptor,
  diffId: string,
  {images, repository}: {readonly images: Images; readonly repository: string},
  signal: AbortSignal,
): Promise<Result<number, string>> {
  const of = `layer ${digest.replace(/^sha256:/u, '').slice(0, 12)}`;
  const blob = await images.blob(repository, digest, signal);
  if (!blob.ok) return err(`${of} could not be read: ${blob.error.message}`);
  const read = await readLayer(blob.value, mediaType, {signal});
  if (!read.ok) return err(`${of} could not be read: ${read.error}`);
  const {value} = read;
  if (value.digest !== digest || value.bytes !== size) {
    return err(`${of} could not be read: what came is not what the manifest names`);
  }
  return value.diffId === diffId
    ? ok(value.unpackedBytes)
    : err(`${of} is not the one that the image configuration names`);
}
