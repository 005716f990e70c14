import {z} from 'zod';
import {parsePlatform} from '../model/platform.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Descriptor, ImageReadFailure, Images, StoredManifest} from '../ports/images.ts';
import {descriptor} from './descriptor.ts';
import {invalid} from './stored-manifest.ts';

/** One entry of `history` in an image configuration (opencontainers/image-spec config.md). */
export interface HistoryEntry {
  /** The instruction, as BuildKit writes it: `COPY . /srv # buildkit`. */
  readonly createdBy: string;
  readonly comment: string;
  /** True when it made no layer. */
  readonly empty: boolean;
}

/** One platform of an image, as its manifest tells it. */
export interface PlatformImage {
  readonly platform: string;
  /** Digest of the platform's own manifest. */
  readonly digest: string;
  readonly config: Descriptor;
  /** From the base up. */
  readonly layers: readonly Descriptor[];
  /** How it was made, from the base up; or why its configuration does not tell. */
  readonly history: Result<readonly HistoryEntry[], string>;
  /** sha256 of each layer's tar archive, from the base up; or why its configuration does not tell. */
  readonly diffIds: Result<readonly string[], string>;
  /** Labels in its configuration. */
  readonly labels: Readonly<Record<string, string>>;
  /** Sum of `layers[].size`, in bytes. */
  readonly compressedBytes: number;
  /** Manifest that holds its SBOM and provenance, when the image has one. */
  readonly attestation: Descriptor | null;
}

export interface ReadImage {
  readonly digest: string;
  /** In the order that was asked for. */
  readonly platforms: readonly PlatformImage[];
  /** Every platform that the index holds, in its order; null without an index. */
  readonly held: readonly string[] | null;
}

const indexDocument = z.object({manifests: z.array(descriptor)});
const manifestDocument = z.object({config: descriptor, layers: z.array(descriptor)});
const configDocument = z.object({
  config: z
    .object({Labels: z.record(z.string(), z.string()).nullish().catch(null)})
    .nullish()
    .catch(null),
  rootfs: z.object({diff_ids: z.array(z.string()).nullish()}).nullish(),
  history: z
    .array(
      z.object({
        created_by: z.string().default(''),
        comment: z.string().default(''),
        empty_layer: z.boolean().default(false),
      }),
    )
    .nullish(),
});

export interface ImageRequest {
  readonly images: Images;
  /** `host/path` of a registry, or the folder of an OCI layout. */
  readonly repository: string;
  /** Digest (or tag). */
  readonly reference: string;
  /** Platforms that the image must hold; others that it holds are left alone. */
  readonly platforms: readonly string[];
  /** What the reference holds, where it was read already. */
  readonly root?: StoredManifest;
  /** Leave configurations unread: who wants to know that the image is there needs none. */
  readonly manifestsOnly?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Reads an index, and the manifests and configurations of the platforms that it must hold. A manifest without an index
 * tells no platform: it is taken for the one that was asked for, and is a failure when several were.
 */
export async function readImage(
  request: ImageRequest,
): Promise<Result<ReadImage, ImageReadFailure>> {
  const {images, repository, reference, platforms, signal} = request;
  const root =
    request.root === undefined
      ? await images.manifest(repository, reference, signal)
      : ok(request.root);
  if (!root.ok) return root;
  const {digest, json} = root.value;

  const index = indexDocument.safeParse(json);
  if (!index.success) {
    const [platform, ...others] = platforms;
    if (platform === undefined || others.length > 0) {
      return invalid(
        `${digest} is no index of several platforms, but ${list(platforms)} were built`,
      );
    }
    const image = await platformImage(request, root.value, platform, null);
    return image.ok ? ok({digest, platforms: [image.value], held: null}) : image;
  }

  const {manifests} = index.data;
  const found = platforms.map((platform) => findPlatform(manifests, platform));
  const missing = platforms.filter((_, position) => found[position] === undefined);
  const held = manifests.map(platformOf).filter((platform) => platform !== undefined);
  if (missing.length > 0) {
    if (held.length === 0) return invalid(`${digest} is an index without images`);
    return invalid(`${digest} holds ${list(held)}, but not ${list(missing)}`);
  }
  const read = await Promise.all(
    found.map(async (child, position) => {
      const manifest = await images.manifest(repository, child?.digest ?? '', signal);
      if (!manifest.ok) return manifest;
      return platformImage(
        request,
        manifest.value,
        platforms[position] ?? '',
        attestationOf(manifests, manifest.value.digest),
      );
    }),
  );
  const failure = read.find((result) => !result.ok);
  if (failure !== undefined) return failure;
  return ok({
    digest,
    platforms: read.flatMap((result) => (result.ok ? [result.value] : [])),
    held,
  });
}

async function platformImage(
  {images, repository, manifestsOnly, signal}: ImageRequest,
  {digest, json}: StoredManifest,
  platform: string,
  attestation: Descriptor | null,
): Promise<Result<PlatformImage, ImageReadFailure>> {
  const manifest = manifestDocument.safeParse(json);
  if (!manifest.success) {
    const what = isOldest(json)
      ? "is a manifest of docker's schema 1, which names no sizes: pull the image and push it again"
      : 'is not an image manifest';
    return invalid(`${digest} (${platform}) ${what}`);
  }
  const {config, layers} = manifest.data;
  const document =
    manifestsOnly === true
      ? err({message: 'the image configuration was not read'})
      : await images.config(repository, config.digest, signal);
  return ok({
    platform,
    digest,
    config,
    layers,
    ...(document.ok ? factsIn(document.value, layers.length) : unread(document.error.message)),
    compressedBytes: layers.reduce((sum, {size}) => sum + size, 0),
    attestation,
  });
}

/** Docker's image manifest v2, schema 1, which registries served until 2024. */
function isOldest(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'schemaVersion' in json
    ? json.schemaVersion === 1
    : false;
}

type ConfigFacts = Pick<PlatformImage, 'history' | 'diffIds' | 'labels'>;

const unread = (reason: string): ConfigFacts => ({
  ...{history: err(reason), diffIds: err(reason)},
  labels: {},
});

function factsIn(config: unknown, layerCount: number): ConfigFacts {
  const parsed = configDocument.safeParse(config);
  if (!parsed.success) return unread('the image configuration is not valid');
  const entries = parsed.data.history ?? [];
  return {
    labels: parsed.data.config?.Labels ?? {},
    history: ok(
      entries.map((entry) => ({
        createdBy: entry.created_by,
        comment: entry.comment,
        empty: entry.empty_layer,
      })),
    ),
    diffIds: diffIdsIn(config, layerCount),
  };
}

/**
 * What an image configuration names for each of the layers, from the base up: the sha256 of its tar
 * archive; or a sentence that says why that is not known.
 */
export function diffIdsIn(config: unknown, layerCount: number): Result<readonly string[], string> {
  const parsed = configDocument.safeParse(config);
  if (!parsed.success) return err('the image configuration is not valid');
  const diffIds = parsed.data.rootfs?.diff_ids ?? [];
  return diffIds.length === layerCount
    ? ok(diffIds)
    : err('the image configuration does not name the diff ids of its layers');
}

function findPlatform(manifests: readonly Descriptor[], platform: string): Descriptor | undefined {
  return manifests.find((candidate) => platformOf(candidate) === platform);
}

/** The platform in normal form; undefined for attestation manifests, which are `unknown/unknown`. */
function platformOf({platform}: Descriptor): string | undefined {
  // Read as any other it would be searched for the word that it may have been meant to be.
  if (platform === undefined || platform.os === 'unknown') return undefined;
  const {os, architecture, variant} = platform;
  const parsed = parsePlatform([os, architecture, ...(variant ? [variant] : [])].join('/'));
  return parsed.ok ? parsed.value : undefined;
}

/** BuildKit's docs/attestations/attestation-storage.md. */
function attestationOf(manifests: readonly Descriptor[], digest: string): Descriptor | null {
  return (
    manifests.find(
      ({annotations}) =>
        annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' &&
        annotations['vnd.docker.reference.digest'] === digest,
    ) ?? null
  );
}

function list(platforms: readonly string[]): string {
  return platforms.length === 0 ? 'no platform' : platforms.join(', ');
}
