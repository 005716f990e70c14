import {readProvenance, type Provenance} from '../docker/provenance.ts';
import {readImage, type PlatformImage} from '../docker/read-image.ts';
import {compressionOf} from '../layers/layer-types.ts';
import type {ImageLayers, UnpackedImage} from '../layers/unpack-layers.ts';
import {parsePlatform} from '../model/platform.ts';
import {err, ok, type Result} from '../model/result.ts';
import {readRevision, revisionLabel} from '../plan/image-labels.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {recordOfEarlier, type EarlierBuild} from './earlier-stages.ts';
import type {UnpackedPlatform} from './image-by-history.ts';

/** What helps to tell of what an image of a registry was made. */
export interface EarlierSources {
  readonly images: Images;
  /** The text of the target's Dockerfile at a commit; null when the repository of now does not hold it. */
  readonly dockerfileAt?: (commit: string) => Promise<string | null>;
  /** The layers of an image in the repository with their unpacked sizes, as far as they are told. */
  readonly unpack?: (image: ImageLayers, repository: string) => Promise<UnpackedImage>;
}

/** One platform of an image that is in a registry. */
export interface PlaceInRegistry {
  /** With its host. */
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
  readonly platform: string;
  readonly signal?: AbortSignal;
}

/** Reads the manifest; that it is one of an image for the platform is proved. */
export async function readPlatform(
  images: Images,
  {repository, reference, platform, signal}: PlaceInRegistry,
): Promise<Result<PlatformImage, ImageReadFailure>> {
  const read = await readImage({
    ...{images, repository, reference, platforms: [platform]},
    ...(signal === undefined ? {} : {signal}),
  });
  if (!read.ok) return read;
  const [image] = read.value.platforms;
  if (image === undefined) return invalid(`${reference} holds no ${platform}`);
  if (!isImage(image)) {
    return invalid(`it is no image, but holds ${image.config.mediaType}`);
  }
  // Only an index tells the platform of a manifest; without one the configuration does.
  if (read.value.digest === image.digest) {
    const config = await images.config(repository, image.config.digest, signal);
    const held = config.ok ? platformOf(config.value) : null;
    if (held !== null && held !== normalPlatform(platform)) {
      return invalid(`it is an image for ${held}, not for ${platform}`);
    }
  }
  return ok(image);
}

/** A Dockerfile that an image may be made of. */
export interface FoundDockerfile {
  readonly build: EarlierBuild;
  /** In words: `the Dockerfile in its provenance`. */
  readonly name: string;
  /** What it does not prove, in one sentence; absent: nothing. */
  readonly caution?: string;
}

/** An image of a registry, and what its Dockerfile tells of it. */
export interface StoredImage {
  readonly image: UnpackedPlatform;
  readonly unpackedUnknownBecause: string | null;
  readonly provenance: Provenance | null;
  /** With its stages, and the Dockerfile that tells them; null when none does. */
  readonly told: {readonly record: PlatformRecord; readonly by: FoundDockerfile} | null;
  /** Sentences: of layers that are strange, of Dockerfiles that do not fit. */
  readonly unknown: readonly string[];
}

/**
 * What is told of an image by the first Dockerfile that fits: the one in its provenance (mode=max), that
 * of the commit which its label names, or one of `others`, where its history proves that.
 *
 * @param likelyStage which stage is shipped, where nothing of then tells it; null for the last
 */
export async function storedImage(
  image: PlatformImage,
  request: EarlierSources & Pick<PlaceInRegistry, 'repository' | 'signal'>,
  likelyStage: string | null,
  others: readonly FoundDockerfile[] = [],
): Promise<StoredImage> {
  const {images, repository, signal} = request;
  const [unpacked, provenance] = await Promise.all([
    request.unpack?.(image, repository) ?? notUnpacked(image),
    image.attestation === null
      ? ok(null)
      : readProvenance(images, repository, image.attestation, signal),
  ]);
  const measured = {...image, layers: unpacked.layers};
  const {unknownBecause} = unpacked;
  const built = await dockerfilesOf(image, provenance, request, likelyStage);
  const unknown = [...foreignLayers(image), ...built.unknown];
  const stored = {
    ...{image: measured, unpackedUnknownBecause: unknownBecause},
    provenance: provenance.ok ? provenance.value : null,
  };
  const found = built.found.some(({build}) => build.isProven)
    ? built.found
    : [...built.found, ...others];
  for (const by of found) {
    const record = recordOfEarlier(measured, by.build, unknownBecause);
    if (record.ok) return {...stored, told: {record: record.value, by}, unknown};
    unknown.push(`${by.name} does not tell the stages: ${record.error}`);
  }
  return {...stored, told: null, unknown};
}

function notUnpacked({layers}: ImageLayers): UnpackedImage {
  const unread = layers.map((layer) => ({...layer, unpackedBytes: null}));
  return {layers: unread, unknownBecause: null};
}

interface FoundDockerfiles {
  readonly found: readonly FoundDockerfile[];
  /** Why there are no others. */
  readonly unknown: readonly string[];
}

/** The Dockerfiles that may tell of the image, the surest first. */
async function dockerfilesOf(
  {labels}: PlatformImage,
  provenance: Result<Provenance | null, string>,
  {dockerfileAt}: EarlierSources,
  likelyStage: string | null,
): Promise<FoundDockerfiles> {
  if (provenance.ok && typeof provenance.value?.dockerfile === 'string') {
    const {dockerfile, options, hasAllOptions} = provenance.value;
    const build = {dockerfile, options, hasAllOptions, isProven: true};
    return {found: [{build, name: 'the Dockerfile in its provenance'}], unknown: []};
  }
  const unknown = provenance.ok ? [] : [`its provenance cannot be read: ${provenance.error}`];
  const {commit, dirty} = readRevision(labels[revisionLabel] ?? '');
  if (!/^[0-9a-f]{7,64}$/u.test(commit)) return {found: [], unknown};
  const dockerfile = (await dockerfileAt?.(commit)) ?? null;
  const modified = dirty ? ' (modified)' : '';
  const name = `the Dockerfile of commit ${commit.slice(0, 12)}${modified} (its label)`;
  if (dockerfile === null) {
    return {found: [], unknown: [...unknown, `${name} is not in this repository`]};
  }
  const told = provenance.ok ? provenance.value : null;
  const build = {
    ...{dockerfile, options: told?.options ?? {}, hasAllOptions: false, isProven: false},
    // Without provenance nothing tells which stage was shipped.
    ...(told === null ? {likelyStage} : {}),
  };
  return {found: [{build, name}], unknown};
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
