import {readImage, type PlatformImage} from '../docker/read-image.ts';
import {compressionOf} from '../layers/layer-types.ts';
import {parsePlatform} from '../model/platform.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import {fitStages, unpackedLayers} from './image-of-registry-stages.ts';
import {instructionOfHistory} from './instruction-of-history.ts';
import {addMeasured} from './measured.ts';
import type {ImageSizes, InstructionReport} from './size-report.ts';

/**
 * Sizes of one platform of an image that is in a registry, whoever built it: from its manifest and
 * the history in its configuration. The stages are those of `like`, the same image as it is now, when
 * all that they add is in the history, instruction by instruction, and nothing else is; otherwise
 * they are not known, and only totals and the instructions of the history are told. Unpacked sizes
 * are known of layers that both images have.
 */
export async function imageOfRegistry(request: {
  readonly images: Images;
  /** With its host. */
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
  readonly like: ImageSizes;
  readonly signal?: AbortSignal;
}): Promise<Result<ImageSizes, ImageReadFailure>> {
  const {images, repository, reference, like, signal} = request;
  const read = await readImage({
    ...{images, repository, reference, platforms: [like.platform]},
    ...(signal === undefined ? {} : {signal}),
  });
  if (!read.ok) return read;
  const [image] = read.value.platforms;
  if (image === undefined) return invalid(`${reference} holds no ${like.platform}`);
  if (!isImage(image)) {
    return invalid(`it is no image, but holds ${image.config.mediaType}`);
  }
  // Only an index tells the platform of a manifest; without one the configuration does.
  if (read.value.digest === image.digest) {
    const config = await images.config(repository, image.config.digest, signal);
    const held = config.ok ? platformOf(config.value) : null;
    if (held !== null && held !== normalPlatform(like.platform)) {
      return invalid(`it is an image for ${held}, not for ${like.platform}`);
    }
  }
  return ok(sizesOf(image, like));
}

/** Sizes as the manifest and the history tell them; exported for tests that need no registry. */
export function sizesOf(image: PlatformImage, like: ImageSizes): ImageSizes {
  if (image.digest === like.digest) return like;
  const unpackedOf = unpackedLayers(like);
  const layers = image.layers.map(({digest, size}) => ({
    digest,
    size: {compressed: size, unpacked: unpackedOf.get(digest) ?? null},
  }));
  const whole: ImageSizes = {
    target: like.target,
    platform: like.platform,
    digest: image.digest,
    size: addMeasured(layers.map(({size}) => size)),
    base: null,
    stages: [],
    unknown: foreignLayers(image),
    cause: null,
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
  if (fit === null) {
    return {
      ...because('it was built elsewhere, by a Dockerfile that is not the one of now'),
      instructions,
    };
  }
  const {compressed} = whole.size;
  return {
    ...whole,
    ...fit,
    size: {compressed, unpacked: fit.stages.at(-1)?.total.unpacked ?? null},
  };
}

/** Configurations of images (OCI image spec, config.md; docker's image manifest v2, schema 2). */
const imageConfigs = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

function isImage({config}: PlatformImage): boolean {
  return imageConfigs.includes(config.mediaType);
}

function foreignLayers({layers}: PlatformImage): readonly string[] {
  const types = [...new Set(layers.map(({mediaType}) => mediaType))].filter(
    (type) => compressionOf(type) === undefined,
  );
  return types.map((type) => `layers of the type ${type} are counted as the manifest states them`);
}

/** In normal form: arm64 is written with and without its usual variant. */
function platformOf(config: unknown): string | null {
  if (typeof config !== 'object' || config === null) return null;
  const {os, architecture, variant} = config as Readonly<Record<string, unknown>>;
  if (typeof os !== 'string' || typeof architecture !== 'string') return null;
  const parts = [os, architecture, ...(typeof variant === 'string' ? [variant] : [])];
  return normalPlatform(parts.filter((part) => part !== '').join('/'));
}

/** One that is not known stays as it is written. */
function normalPlatform(text: string): string {
  const platform = parsePlatform(text);
  return platform.ok ? platform.value : text;
}

function invalid(message: string): Result<never, ImageReadFailure> {
  return err({kind: 'invalid', message});
}
