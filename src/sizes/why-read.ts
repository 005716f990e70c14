import {diffIdsIn} from '../docker/read-image.ts';
import {readProvenLayer} from '../layers/proven-layer.ts';
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
 * is in them. That a layer is the one that the record and the image configuration name is proved.
 */
export async function readContents(
  request: ContentsRequest,
): Promise<Result<ImageContents, ImageReadFailure>> {
  const {images, repository, target, platform, top, onBytes, signal} = request;
  const config = await images.config(repository, platform.config.digest, signal);
  if (!config.ok) return config;
  const diffIds = diffIdsIn(config.value, platform.layers.length);
  if (!diffIds.ok) return err({kind: 'invalid', message: diffIds.error});

  const analyser = createAnalyser(layerOrigins(platform), top);
  for (const [index, layer] of platform.layers.entries()) {
    const read = await readProvenLayer({
      ...{images, repository, layer, onBytes, signal},
      diffId: diffIds.value[index] ?? '',
      onEntry: (entry) => {
        analyser.add(index, entry);
      },
    });
    if (!read.ok) return read;
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
