import {z} from 'zod';

import {tagIn, repositoryIn} from '../model/image-ref.ts';
import {descriptor} from '../docker/descriptor.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Images, ImageReadFailure, StoredManifest} from '../ports/images.ts';

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

/** What is to be held when these images, each `repository@digest`, are joined. */
export async function wantedImage(
  images: Images,
  sources: readonly string[],
  annotations: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Result<WantedImage, ImageReadFailure>> {
  const [only, ...others] = sources;
  if (only !== undefined && others.length === 0 && Object.keys(annotations).length === 0) {
    return ok({kind: 'digest', digest: digestIn(only)});
  }
  const manifests = new Set<string>();
  for (const source of sources) {
    const digest = digestIn(source);
    const read = await images.manifest(repositoryBefore(source), digest, signal);
    if (!read.ok) return read;
    const index = indexDocument.safeParse(read.value.json);
    if (index.success) for (const one of index.data.manifests) manifests.add(one.digest);
    else manifests.add(digest);
  }
  return ok({kind: 'joined', manifests, annotations});
}

/** The repository of a source, `repository@digest`. */
export const repositoryBefore = (source: string): string => source.slice(0, source.indexOf('@'));

/** The digest of a source, `repository@digest`. */
export const digestIn = (source: string): string => source.slice(source.indexOf('@') + 1);

/** What the full reference holds now; null when there is no such tag (or repository). */
export async function heldImage(
  images: Images,
  reference: string,
  signal?: AbortSignal,
): Promise<Result<StoredManifest | null, ImageReadFailure>> {
  const read = await images.manifest(repositoryIn(reference), tagIn(reference), signal);
  if (read.ok) return read;
  return read.error.kind === 'not-found' ? ok(null) : err(read.error);
}

/** Whether what is held is what is wanted. */
export function isWanted(held: StoredManifest | null, wanted: WantedImage): boolean {
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
