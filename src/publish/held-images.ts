import {z} from 'zod';

import {descriptor} from '../docker/descriptor.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Images, ImageReadFailure} from '../ports/images.ts';

/** What a tag must hold to be right. */
export type WantedImage =
  /** Exactly this manifest or index. */
  | {readonly kind: 'digest'; readonly digest: string}
  /** An index of just these manifests, with these annotations, whatever its own bytes are. */
  | {
      readonly kind: 'joined';
      readonly manifests: ReadonlySet<string>;
      readonly annotations: Readonly<Record<string, string>>;
    };

const indexDocument = z.object({
  manifests: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** What is to be held when the images with these digests, all in `repository`, are joined. */
export async function wantedImage(
  images: Images,
  repository: string,
  digests: readonly string[],
  annotations: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Result<WantedImage, ImageReadFailure>> {
  const [only, ...others] = digests;
  if (only !== undefined && others.length === 0 && Object.keys(annotations).length === 0) {
    return ok({kind: 'digest', digest: only});
  }
  const manifests = new Set<string>();
  for (const digest of digests) {
    const read = await images.manifest(repository, digest, signal);
    if (!read.ok) return read;
    const index = indexDocument.safeParse(read.value.json);
    if (index.success) for (const one of index.data.manifests) manifests.add(one.digest);
    else manifests.add(digest);
  }
  return ok({kind: 'joined', manifests, annotations});
}

/** What a tag points at. */
export interface HeldImage {
  readonly digest: string;
  readonly json: unknown;
}

/** What the reference holds now; null when there is no such tag (or repository). */
export async function heldImage(
  images: Images,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<Result<HeldImage | null, ImageReadFailure>> {
  const read = await images.manifest(repository, tagOf(reference), signal);
  if (read.ok) return ok({digest: read.value.digest, json: read.value.json});
  return read.error.kind === 'not-found' ? ok(null) : err(read.error);
}

/** The tag of a full reference. */
export const tagOf = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);

/** Whether what is held is what is wanted. */
export function isWanted(held: HeldImage | null, wanted: WantedImage): boolean {
  if (held === null) return false;
  if (wanted.kind === 'digest') return held.digest === wanted.digest;
  const index = indexDocument.safeParse(held.json);
  if (!index.success) return false;
  const there = new Set(index.data.manifests.map(({digest}) => digest));
  const {annotations = {}} = index.data;
  return (
    there.size === wanted.manifests.size &&
    [...wanted.manifests].every((digest) => there.has(digest)) &&
    Object.entries(wanted.annotations).every(([key, value]) => annotations[key] === value)
  );
}
