import {readImage, type PlatformImage} from '../docker/read-image.ts';
import type {ProvenImage} from '../docker/provenance.ts';
import type {UnpackedImage} from '../layers/unpack-layers.ts';
import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import type {Images} from '../ports/images.ts';
import {
  asWrittenNow,
  fitStages,
  unpackedLayers,
  type KnownBase,
} from './image-of-registry-stages.ts';
import {instructionOfHistory} from './instruction-of-history.ts';
import {addMeasured} from './measured.ts';
import type {ImageSizes, InstructionReport} from './size-report.ts';

/** One platform of an image with the unpacked sizes of its layers. */
export type UnpackedPlatform = Omit<PlatformImage, 'layers'> & Pick<UnpackedImage, 'layers'>;

export interface HistoryRequest {
  readonly images: Images;
  /** The same image as it is now. */
  readonly like: ImageSizes;
  readonly signal?: AbortSignal;
}

/**
 * Sizes as the manifest and the history tell them: the stages of `like` where they fit.
 *
 * @param proven images that the build read; the base image is looked for among them
 * @param unknown sentences for the result
 */
export async function byHistory(
  image: UnpackedPlatform,
  request: HistoryRequest,
  proven: readonly ProvenImage[],
  unknown: readonly string[],
): Promise<ImageSizes> {
  const {like} = request;
  const known = unpackedLayers(like);
  const layers = image.layers.map(({digest, size, unpackedBytes}) => ({
    digest,
    size: {compressed: size, unpacked: unpackedBytes ?? known.get(digest) ?? null},
  }));
  const whole: ImageSizes = {
    target: like.target,
    platform: like.platform,
    digest: image.digest,
    size: addMeasured(layers.map(({size}) => size)),
    base: null,
    stages: [],
    unknown,
    cause: null,
    toldBy: 'its manifest and history',
  };
  const because = (reason: string): ImageSizes => ({
    ...whole,
    unknown: [...whole.unknown, `stages are not known: ${reason}`],
  });
  if (!image.history.ok) return because(image.history.error);
  const made = image.history.value.filter(({empty}) => !empty);
  if (made.length !== layers.length) {
    return because('the history in the image configuration does not fit its layers');
  }
  const instructions = made.map(({createdBy}, index): InstructionReport => {
    const layer = layers[index];
    const size = layer?.size ?? {compressed: null, unpacked: null};
    const text = instructionOfHistory(createdBy);
    return {line: 0, text, size, ...(layer === undefined ? {} : {layer: layer.digest})};
  });
  const fit = fitStages(instructions, like);
  if (fit !== null) return withStages(whole, fit);

  const base = like.base === null ? null : await baseAmong(proven, image, request);
  const onBase = base === null ? null : fitStages(instructions, like, base);
  if (onBase !== null) {
    const toldBy = 'its manifest and history, and the base image that its provenance names';
    return {...withStages(whole, onBase), toldBy};
  }
  return {
    ...because('it was built elsewhere, by a Dockerfile that is not the one of now'),
    instructions: asWrittenNow(instructions, like),
  };
}

function withStages(whole: ImageSizes, fit: Pick<ImageSizes, 'base' | 'stages'>): ImageSizes {
  const last = fit.stages.findLast(({shipped}) => shipped);
  const unpacked = whole.size.unpacked ?? last?.total.unpacked ?? null;
  const beside = fit.stages
    .filter(({shipped}) => !shipped)
    .map(({name}) => `Stage ${name}: its layers are not in the image`);
  const unknown = [...whole.unknown, ...beside];
  return {...whole, ...fit, unknown, size: {compressed: whole.size.compressed, unpacked}};
}

/** More are not looked at: each costs a few requests to its registry. */
const mostImages = 6;

/** Of the images that a build read, the one whose layers the image begins with. */
async function baseAmong(
  proven: readonly ProvenImage[],
  image: UnpackedPlatform,
  {images, signal}: HistoryRequest,
): Promise<KnownBase | null> {
  const found = await Promise.all(
    proven.slice(0, mostImages).map(async ({reference, digest}): Promise<KnownBase | null> => {
      const parsed = parseImageRef(reference);
      if (!parsed.ok) return null;
      const read = await readImage({
        ...{images, repository: repositoryOf(parsed.value), reference: digest},
        platforms: [image.platform],
        ...(signal === undefined ? {} : {signal}),
      });
      const layers = read.ok ? (read.value.platforms[0]?.layers ?? []) : [];
      const isBelow = layers.every((layer, index) => layer.digest === image.layers[index]?.digest);
      return isBelow && layers.length > 0 ? {from: reference, layers: layers.length} : null;
    }),
  );
  const bases = found.filter((base) => base !== null);
  return bases.toSorted((a, b) => b.layers - a.layers)[0] ?? null;
}
