import {diffIdsIn} from '../docker/read-image.ts';
import {readProvenLayer} from '../layers/proven-layer.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {createAnalyser} from './why-analysis.ts';
import {layerOrigins} from './why-origins.ts';
import {createCopiedFiles, sourceOf} from './why-copies.ts';
import type {ImageContents} from './why-report.ts';
import {traceCopies, type ReadableLayer} from './why-trace.ts';

export interface ContentsRequest {
  readonly images: Images;
  /** Where the image is, in the words of `images`. */
  readonly repository: string;
  /** `image/name`. */
  readonly target: string;
  readonly platform: PlatformRecord;
  /**
   * Layers of stages beside the shipped ones, by digest, as far as a builder still has them: read only when
   * there is something to trace.
   */
  readonly stageLayers?: () => Promise<ReadonlyMap<string, ReadableLayer>>;
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

  const origins = layerOrigins(platform);
  const known = platform.stages ?? [];
  const analyser = createAnalyser(origins, top);
  const copied = createCopiedFiles(known);
  const own = new Map<string, ReadableLayer>();
  for (const [index, layer] of platform.layers.entries()) {
    const readable = {images, repository, layer, diffId: diffIds.value[index] ?? ''};
    own.set(layer.digest, readable);
    const place = origins[index]?.place;
    const read = await readProvenLayer({
      ...{...readable, onBytes, signal},
      onEntry(entry) {
        analyser.add(index, entry);
        return place === undefined ? undefined : copied.reader(place, entry);
      },
    });
    if (!read.ok) return read;
  }
  const {stages, findings: found, pathsOf, ...sums} = analyser.finish();
  const isTraced = found.some(({place}) => sourceOf(place, known) !== undefined);
  const findings = isTraced
    ? await traceCopies({
        ...{findings: found, pathsOf, copied, stages: known, onBytes, signal},
        layers: new Map([...((await request.stageLayers?.()) ?? []), ...own]),
      })
    : found;
  const {stagesUnknownBecause} = platform;
  return ok({
    ...{target, platform: platform.platform, digest: platform.digest},
    ...sums,
    stagesUnknownBecause,
    stages,
    findings,
  });
}
