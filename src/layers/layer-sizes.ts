import {z} from 'zod';

import type {Files} from '../ports/files.ts';

/** What reading a layer told about it once and for all, since its digest names its very bytes. */
export interface KnownLayer {
  readonly diffId: string;
  /** Of its tar archive. */
  readonly unpackedBytes: number;
}

/** Unpacked sizes by digest of the layer as stored, so that a base image is read once. */
export interface LayerSizes {
  get(digest: string): Promise<KnownLayer | undefined>;
  /** Resolves when it is kept; trouble with the file is no trouble for the caller. */
  put(digest: string, layer: KnownLayer): Promise<void>;
}

/** Beyond this the oldest are forgotten. */
const mostLayers = 10_000;

const document = z.object({
  schema: z.literal(1),
  layers: z.record(
    z.string(),
    z.object({diffId: z.string(), unpackedBytes: z.number().int().nonnegative()}),
  ),
});

/** Keeps them in the JSON file at `path`. One that is missing or broken counts as empty. */
export function openLayerSizes(files: Files, path: string): LayerSizes {
  let known: Promise<Map<string, KnownLayer>> | undefined;
  let saving = Promise.resolve();
  let unsaved = 0;

  const load = async (): Promise<Map<string, KnownLayer>> => {
    try {
      const parsed = document.safeParse(JSON.parse((await files.readText(path)) ?? ''));
      return new Map(parsed.success ? Object.entries(parsed.data.layers) : []);
    } catch {
      return new Map();
    }
  };
  /** Another run may have added to the file since it was read. */
  const save = async (layers: ReadonlyMap<string, KnownLayer>): Promise<void> => {
    if (unsaved === 0) return;
    unsaved = 0;
    const merged = new Map([...(await load()), ...layers]);
    const kept = Object.fromEntries([...merged].slice(-mostLayers));
    await files.writeAtomic(path, `${JSON.stringify({schema: 1, layers: kept})}\n`);
  };

  return {
    async get(digest) {
      return (await (known ??= load())).get(digest);
    },
    async put(digest, layer) {
      const layers = await (known ??= load());
      layers.set(digest, layer);
      unsaved += 1;
      // Those that come while one save is under way go out together in the next.
      saving = saving.then(() => save(layers)).catch(() => undefined);
      await saving;
    },
  };
}
