import {createHash} from 'node:crypto';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, StoredManifest} from '../ports/images.ts';

/** Media types of indexes and manifests, for `Accept`. */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** No manifest is larger than 4 MiB in practice (registries refuse them); twice that is our limit. */
export const largestManifest = 8 * 1024 * 1024;

export const digestPattern = /^(sha256|sha512):([0-9a-f]{64,128})$/u;
const tagPattern = /^\w[\w.-]{0,127}$/u;

/** Whether a text is a tag or a digest: anything else must not become part of a URL or path. */
export function isReference(text: string): boolean {
  return digestPattern.test(text) || tagPattern.test(text);
}

/** The digest of `bytes` by the algorithm of `like`, or by sha256. */
export function digestOf(bytes: Uint8Array, like?: string): string {
  const algorithm = like?.startsWith('sha512:') === true ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/**
 * The manifest that `bytes` are, when their digest is the `expected` one. `contentType` is what the
 * server said: old docker manifests may not tell their type themselves.
 */
export function storedManifest(
  name: string,
  bytes: Uint8Array,
  expected: string | undefined,
  contentType: string | undefined,
): Result<StoredManifest, ImageReadFailure> {
  const digest = digestOf(bytes, expected);
  if (expected !== undefined && digest !== expected) {
    return invalid(`${name} holds other bytes than its digest says: they are ${digest}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch {
    return invalid(`${name} is not JSON`);
  }
  if (typeof json !== 'object' || json === null) return invalid(`${name} is not a manifest`);
  const own =
    'mediaType' in json && typeof json.mediaType === 'string' ? json.mediaType : undefined;
  const mediaType = own ?? contentType?.split(';')[0]?.trim();
  return ok({digest, mediaType: mediaType ?? '', json});
}

export function invalid(message: string): Result<never, ImageReadFailure> {
  return err({kind: 'invalid', message});
}
