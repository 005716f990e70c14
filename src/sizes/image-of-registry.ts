import {readProvenance, type Provenance} from '../docker/provenance.ts';
import {readImage, type PlatformImage} from '../docker/read-image.ts';
import {compressionOf} from '../layers/layer-types.ts';
import type {ImageLayers, UnpackedImage} from '../layers/unpack-layers.ts';
import {parsePlatform} from '../model/platform.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import {recordOfEarlier, type EarlierBuild} from './earlier-stages.ts';
import {byHistory} from './image-by-history.ts';
import {imageOf} from './report-of-record.ts';
import type {ImageSizes} from './size-report.ts';

/** What helps to tell of what an earlier image was made. */
export interface EarlierSources {
  readonly images: Images;
  /** The text of the target's Dockerfile at a commit; null when the repository of now does not hold it. */
  readonly dockerfileAt?: (commit: string) => Promise<string | null>;
  /** The layers of an image in the repository with their unpacked sizes, as far as they are told. */
  readonly unpack?: (image: ImageLayers, repository: string) => Promise<UnpackedImage>;
}

/**
 * Sizes of one platform of an image that is in a registry, whoever built it. Its stages are told by the
 * first of these that it has:
 *
 * 1. the Dockerfile in its provenance (mode=max),
 * 2. the Dockerfile of the commit that its label names, where the image's history proves that it fits,
 * 3. the stages of `like`, the same image as it is now, when all that they add is in the image's history,
 *    instruction by instruction, and nothing else is. What is below them is a base image that the
 *    provenance names (mode=min does), or that of `like`.
 *
 * Otherwise only totals and the instructions of the history are told. `toldBy` says which it was.
 */
export async function imageOfRegistry(
  request: EarlierSources & {
    /** With its host. */
    readonly repository: string;
    /** Tag or digest. */
    readonly reference: string;
    readonly like: ImageSizes;
    readonly signal?: AbortSignal;
  },
): Promise<Result<ImageSizes, ImageReadFailure>> {
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
  if (image.digest === like.digest) return ok(like);
  return ok(await sizesOf(image, request));
}

async function sizesOf(
  image: PlatformImage,
  request: Parameters<typeof imageOfRegistry>[0],
): Promise<ImageSizes> {
  const {images, repository, like, signal} = request;
  const [unpacked, provenance] = await Promise.all([
    request.unpack?.(image, repository) ?? notUnpacked(image),
    image.attestation === null
      ? ok(null)
      : readProvenance(images, repository, image.attestation, signal),
  ]);
  const measured = {...image, layers: unpacked.layers};
  const built = await dockerfilesOf(image, provenance, request);
  const unknown = [...foreignLayers(image), ...built.unknown];
  for (const {build, name} of built.found) {
    const record = recordOfEarlier(measured, build, unpacked.unknownBecause);
    if (record.ok) {
      const sizes = imageOf(like.target, record.value);
      return {...sizes, unknown: [...unknown, ...sizes.unknown], toldBy: name};
    }
    unknown.push(`${name} does not tell the stages: ${record.error}`);
  }
  const proven = provenance.ok ? (provenance.value?.images ?? []) : [];
  return byHistory(measured, request, proven, [
    ...unknown,
    ...(unpacked.unknownBecause === null ? [] : [`Unpacked sizes: ${unpacked.unknownBecause}`]),
  ]);
}

function notUnpacked({layers}: ImageLayers): UnpackedImage {
  const unread = layers.map((layer) => ({...layer, unpackedBytes: null}));
  return {layers: unread, unknownBecause: null};
}

interface FoundDockerfiles {
  readonly found: readonly {readonly build: EarlierBuild; readonly name: string}[];
  /** Why there are no others. */
  readonly unknown: readonly string[];
}

/** The Dockerfiles that may tell of the image, the surest first. */
async function dockerfilesOf(
  {labels}: PlatformImage,
  provenance: Result<Provenance | null, string>,
  {dockerfileAt, like}: Parameters<typeof imageOfRegistry>[0],
): Promise<FoundDockerfiles> {
  if (provenance.ok && typeof provenance.value?.dockerfile === 'string') {
    const {dockerfile, options, hasAllOptions} = provenance.value;
    const build = {dockerfile, options, hasAllOptions, isProven: true};
    return {found: [{build, name: 'the Dockerfile in its provenance'}], unknown: []};
  }
  const unknown = provenance.ok ? [] : [`its provenance cannot be read: ${provenance.error}`];
  const commit = labels[revisionLabel] ?? '';
  if (!/^[0-9a-f]{7,64}$/u.test(commit)) return {found: [], unknown};
  const dockerfile = (await dockerfileAt?.(commit)) ?? null;
  const name = `the Dockerfile of commit ${commit.slice(0, 12)} (its label)`;
  if (dockerfile === null) {
    return {found: [], unknown: [...unknown, `${name} is not in this repository`]};
  }
  const told = provenance.ok ? provenance.value : null;
  const build = {
    ...{dockerfile, options: told?.options ?? {}, hasAllOptions: false, isProven: false},
    // Without provenance nothing tells which stage was shipped.
    ...(told === null ? {likelyStage: shippedStage(like)} : {}),
  };
  return {found: [{build, name}], unknown};
}

const revisionLabel = 'org.opencontainers.image.revision';

function shippedStage({stages}: ImageSizes): string | null {
  const last = stages.findLast(({shipped}) => shipped)?.name;
  return last === undefined || /^stage-\d+$/u.test(last) ? null : last;
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
