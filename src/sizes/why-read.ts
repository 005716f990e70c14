import {readLayer} from '../layers/read-layer.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {createAnalyser} from './why-analysis.ts';
import {layerOrigins} from './why-origins.ts';
import type {ImageContents} from './why-report.ts';

export interface ContentsRequest {
  readonly images: Images;
  /** Where the image is, in the words of `images`. */
  readonly repository: string;
  /** `image/name`. */
  readonly target: string;
  readonly platform: PlatformRecord;
  /** How many folders and files to name by stage. */
  readonly top: number;
  /** Told of every piece that came: its compressed bytes. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads every layer of one platform's image, one after another and without keeping any, and tells what
 * is in them. That a layer is the one that the record names is proved by its digest.
 */
export async function readContents(
  request: ContentsRequest,
): Promise<Result<ImageContents, ImageReadFailure>> {
  const {images, repository, target, platform, top, onBytes, signal} = request;
  const analyser = createAnalyser(layerOrigins(platform), top);
  for (const [index, {digest, mediaType}] of platform.layers.entries()) {
    const name = `layer ${index + 1} of ${platform.layers.length}`;
    const blob = await images.blob(repository, digest, signal);
    if (!blob.ok) return err({...blob.error, message: `${name}: ${blob.error.message}`});
    const layer = await readLayer(counted(blob.value, onBytes), mediaType, {
      onEntry: (entry) => {
        analyser.add(index, entry);
      },
      signal,
    });
    if (!layer.ok) {
      return err({kind: 'invalid', message: `${name} (${digest}): ${layer.error}`});
    }
    if (layer.value.digest !== digest) {
      const message = `${name}: it holds other bytes than its digest ${digest} says`;
      return err({kind: 'invalid', message});
    }
  }
  const {stages, findings, ...sums} = analyser.finish();
  const {stagesUnknownBecause} = platform;
  return ok({
    ...{target, platform: platform.platform, digest: platform.digest},
    ...sums,
    stagesUnknownBecause,
    stages,
    findings,
  });
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}
