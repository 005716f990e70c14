import {familiarRef, repositoryOf, type ImageRef} from '../model/image-ref.ts';
import {err, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {referencesFor} from './earlier-sizes-references.ts';
import {imageOfRegistry} from './image-of-registry.ts';
import type {EarlierSources} from './stored-image.ts';
import type {ImageSizes, SizeReport} from './size-report.ts';

/** What registries have under a tag, a digest or a reference. */
export type RegistrySizes =
  | {readonly kind: 'sizes'; readonly report: SizeReport}
  /** Sentences that say where it was looked for, and why it is not there. */
  | {readonly kind: 'nothing'; readonly reasons: readonly string[]};

export interface RegistryRequest {
  /** A full reference, a digest, or a tag. */
  readonly reference: string;
  readonly current: BuildRecord;
  /** `reportOf(current)`. */
  readonly report: SizeReport;
  readonly images: Images;
  readonly unpack: NonNullable<EarlierSources['unpack']>;
  /** Text of a file of the checkout as it was at a commit. */
  readonly fileAt: (commit: string, path: string) => Promise<string | null>;
  readonly signal?: AbortSignal;
}

/**
 * Reads the images that a reference means for each target, platform by platform. A full reference is
 * meant for the targets of its repository, or for all when none is stored there. A bare tag or digest
 * is looked up in the repository of each target; a tag first in the place of the version in the
 * target's own tags (`1.4.2` is `1.4.2-cuda` for a target that is tagged `1.5.0-cuda` now), then as it
 * is. What cannot be read is told in `unknown`.
 */
export async function sizesInRegistry(request: RegistryRequest): Promise<RegistrySizes> {
  const {current, report} = request;
  const images: ImageSizes[] = [];
  const unknown: string[] = [];
  const missing: string[] = [];
  let trouble = false;
  for (const target of current.targets) {
    const likes = report.images.filter(
      (image) =>
        image.target === targetIdOf(target) &&
        target.platforms.some(({platform}) => platform === image.platform),
    );
    if (likes.length === 0) continue;
    const references = referencesFor(request.reference, target, current);
    if (!references.ok) {
      missing.push(references.error);
      continue;
    }
    const {value} = references;
    const read = await Promise.all(
      likes.map((like) => readFirst(request, value, like, target.dockerfile)),
    );
    for (const [index, image] of read.entries()) {
      if (image.ok) {
        images.push(image.value);
        continue;
      }
      const {failure, tried} = image.error;
      const place = `${tried.map(familiarRef).join(', ')} (${likes[index]?.platform ?? ''})`;
      if (failure.kind === 'not-found') missing.push(`${place} is not in the registry`);
      else {
        trouble = true;
        unknown.push(`${place} cannot be read: ${failure.message}`);
      }
    }
  }
  if (images.length === 0 && !trouble) {
    const reasons = missing.length === 0 ? ['there is nothing to compare'] : [...new Set(missing)];
    return {kind: 'nothing', reasons};
  }
  unknown.push(...new Set(missing));
  return {
    kind: 'sizes',
    report: {
      ...{schema: 1, at: report.at, version: request.reference, commit: null, against: null},
      images,
      ...(unknown.length === 0 ? {} : {unknown}),
    },
  };
}

interface Unread {
  readonly failure: ImageReadFailure;
  readonly tried: readonly ImageRef[];
}

/** The first of the references that is there. */
async function readFirst(
  {images, unpack, fileAt, signal}: RegistryRequest,
  references: readonly ImageRef[],
  like: ImageSizes,
  dockerfile: string | undefined,
): Promise<Result<ImageSizes, Unread>> {
  let failure: ImageReadFailure = {kind: 'not-found', message: 'no reference'};
  const tried: ImageRef[] = [];
  for (const reference of references) {
    const image = await imageOfRegistry({
      ...{images, unpack},
      dockerfileAt: (commit) =>
        dockerfile === undefined ? Promise.resolve(null) : fileAt(commit, dockerfile),
      repository: repositoryOf(reference),
      reference: reference.digest ?? reference.tag ?? 'latest',
      like,
      ...(signal === undefined ? {} : {signal}),
    });
    if (image.ok) return image;
    failure = image.error;
    tried.push(reference);
    if (failure.kind !== 'not-found') break;
  }
  return err({failure, tried});
}
