import pLimit from 'p-limit';
import {err, ok, type Result} from '../model/result.ts';
import type {Descriptor, Images} from '../ports/images.ts';
import type {KnownLayer, LayerSizes} from './layer-sizes.ts';
import {readProvenLayer} from './proven-layer.ts';

/** Layers that are read at once, by all targets together: each keeps a processor busy. */
const readsAtOnce = 2;

/** Where layers can be read; or why they are not, in one sentence. */
export type LayerPlace = Result<
  {
    readonly images: Images;
    readonly repository: string;
    /** True when reading moves them over a network, which is only done where it is asked for. */
    readonly isFar?: boolean;
  },
  string
>;

/** What of an image is needed. */
export interface ImageLayers {
  /** From the base up, as the manifest names them. */
  readonly layers: readonly Descriptor[];
  /** sha256 of each layer's tar archive; or why they are not known. */
  readonly diffIds: Result<readonly string[], string>;
}

/** A layer and the bytes of its tar archive; null when they are not known. */
export interface UnpackedLayer extends Descriptor {
  readonly unpackedBytes: number | null;
}

export interface UnpackedImage {
  readonly layers: readonly UnpackedLayer[];
  /** Why a layer's size is not known; null when all are. */
  readonly unknownBecause: string | null;
}

/**
 * Finds out the unpacked sizes of an image's layers: what is known of earlier runs, and the others by
 * reading them, each once however many images have it. `placeOf` tells where the layer at a position is
 * read. A size is only told when the bytes are those that the manifest and the configuration name.
 */
export type UnpackLayers = (
  image: ImageLayers,
  placeOf: (position: number) => LayerPlace,
  signal: AbortSignal,
) => Promise<UnpackedImage>;

/** Why layers of a far place have no unpacked sizes. */
const far = 'the layers are in a registry that is not on this machine; `--unpacked` reads them';

/** Keeps what it learns in `sizes`. Layers of far places are read when `readsFar` says so. */
export function createUnpacker(sizes: LayerSizes, readsFar = false): UnpackLayers {
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
    from: LayerPlace,
    signal: AbortSignal,
  ): Promise<Result<number, string>> => {
    const place = from.ok && from.value.isFar === true && !readsFar ? err(far) : from;
    const known = await sizes.get(layer.digest);
    if (known?.diffId === diffId) return ok(known.unpackedBytes);
    const key = `${layer.digest} ${diffId}`;
    if (!place.ok) return (await readings.get(key)) ?? place;
    const reading =
      readings.get(key) ??
      limit(async () => {
        const read = await readProvenLayer({...place.value, layer, diffId, signal});
        if (!read.ok) return err(read.error.message);
        const {unpackedBytes} = read.value;
        keep(layer.digest, {diffId, unpackedBytes});
        return ok(unpackedBytes);
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
