import {z} from 'zod';

import type {PlatformImage} from '../docker/read-image.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';

/** An in-toto statement about one platform of an image, as BuildKit stores it beside it. */
export interface Attestation {
  readonly kind: 'sbom' | 'provenance';
  readonly repository: string;
  /** Digest of the blob. */
  readonly digest: string;
  /** Bytes of the blob. */
  readonly size: number;
}

/** BuildKit's docs/attestations/attestation-storage.md. */
const attestationManifest = z.object({
  layers: z.array(
    z.object({
      digest: z.string(),
      size: z.number(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const predicateKinds: readonly (readonly [RegExp, Attestation['kind']])[] = [
  [/^https:\/\/spdx\.dev\/Document/u, 'sbom'],
  [/^https:\/\/slsa\.dev\/provenance\//u, 'provenance'],
];

/** Bytes. Larger statements stay in the registry alone: they are read into memory. */
const largestAttestation = 64 * 1024 * 1024;

/** SBOM and provenance of one platform; none where the image was built without. */
export async function findAttestations(
  images: Images,
  repository: string,
  {attestation}: PlatformImage,
): Promise<Result<readonly Attestation[], ImageReadFailure>> {
  if (attestation === null) return ok([]);
  const manifest = await images.manifest(repository, attestation.digest);
  if (!manifest.ok) return manifest;
  const parsed = attestationManifest.safeParse(manifest.value.json);
  if (!parsed.success) return ok([]);
  return ok(
    parsed.data.layers.flatMap(({digest, size, annotations}) => {
      const type = annotations?.['in-toto.io/predicate-type'] ?? '';
      const kind = predicateKinds.find(([pattern]) => pattern.test(type))?.[1];
      if (kind === undefined || size > largestAttestation) return [];
      return [{kind, repository, digest, size}];
    }),
  );
}

/** The statement's bytes. */
export async function readAttestation(
  images: Images,
  {repository, digest}: Attestation,
): Promise<Result<Uint8Array, ImageReadFailure>> {
  const blob = await images.blob(repository, digest);
  if (!blob.ok) return blob;
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of blob.value) pieces.push(piece);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({kind: 'unreachable', message: `${repository}@${digest}: ${message}`});
  }
  return ok(Buffer.concat(pieces));
}

/** An image that others were built from. */
export interface BaseImage {
  /** As it was named: `docker.io/library/python:3.12-slim`. */
  readonly reference: string;
  /** `sha256:<hex>`. */
  readonly digest: string;
}

const dependency = z.object({uri: z.string(), digest: z.record(z.string(), z.string()).optional()});
const statement = z.object({
  predicate: z.object({
    // SLSA 0.2, and 1.0.
    materials: z.array(dependency).optional(),
    buildDefinition: z.object({resolvedDependencies: z.array(dependency).optional()}).optional(),
  }),
});

/** The images that a build used, from its provenance; none when it does not tell. */
export function baseImagesIn(provenance: Uint8Array): readonly BaseImage[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(provenance));
  } catch {
    return [];
  }
  const parsed = statement.safeParse(json);
  if (!parsed.success) return [];
  const {materials, buildDefinition} = parsed.data.predicate;
  return (materials ?? buildDefinition?.resolvedDependencies ?? []).flatMap(({uri, digest}) => {
    // A package URL: `pkg:docker/python@3.12-slim?platform=linux%2Famd64`.
    const [, name, version] = /^pkg:docker\/([^@?]+)(?:@([^?]+))?/u.exec(uri) ?? [];
    const sha256 = digest?.['sha256'];
    if (name === undefined || sha256 === undefined) return [];
    const tag = version === undefined || version.startsWith('sha256') ? '' : `:${version}`;
    return [{reference: decodeURIComponent(`${name}${tag}`), digest: `sha256:${sha256}`}];
  });
}
