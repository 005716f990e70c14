import type {ReadImage} from '../docker/read-image.ts';
import type {Files} from '../ports/files.ts';
import {readFoundImage, type FoundImage, type ImagePlace} from './find-image.ts';
import type {RememberedBuild} from './input-memory.ts';

/** The builds of a target, of which together the image is looked for. */
export interface LookedFor {
  /** Fingerprint. */
  readonly inputs: string;
  readonly place: ImagePlace;
  readonly builds: readonly {readonly id: string; readonly platforms: readonly string[]}[];
  /** What this machine remembers, newest first. */
  readonly remembered: readonly RememberedBuild[];
  /** Tags of images that may be it, the likeliest first. */
  readonly references: readonly string[];
  /** Digests that are looked at when no tag names it. */
  readonly recorded: () => Promise<readonly string[]>;
  readonly files: Pick<Files, 'kind'>;
  readonly signal?: AbortSignal;
}

export type LookResult =
  | {
      readonly kind: 'found';
      readonly digests: Readonly<Record<string, string>>;
      readonly images: readonly ReadImage[];
    }
  | {
      readonly kind: 'missing';
      /** The newest image of the target that could be read, though it is another. */
      readonly other: FoundImage | undefined;
      /** Why a place could not be asked; undefined when all answered. */
      readonly trouble: string | undefined;
    };

/** Looks for an image with this very fingerprint, where it may be, one place after another. */
export async function lookForImage(request: LookedFor): Promise<LookResult> {
  const {inputs, place, builds, remembered, references, recorded, files, signal} = request;
  let other: FoundImage | undefined;
  let trouble: string | undefined;
  const distrusted = new Set(
    remembered.flatMap((build) => (build.trusted ? [] : Object.values(build.digests))),
  );
  const read = async (
    reference: string,
    platforms: readonly string[],
  ): Promise<FoundImage | undefined> => {
    const found = await readFoundImage(place, reference, platforms, files, signal);
    if (!found.ok) {
      const {kind, message} = found.error;
      if (kind !== 'not-found' && kind !== 'invalid') trouble ??= message;
      return undefined;
    }
    if (found.value.inputs === inputs && !distrusted.has(found.value.image.digest)) {
      return found.value;
    }
    other ??= found.value;
    return undefined;
  };

  for (const build of remembered) {
    if (build.inputs !== inputs || build.place !== place.repository || !build.trusted) continue;
    const images: ReadImage[] = [];
    for (const {id, platforms} of builds) {
      const digest = build.digests[id];
      const found = digest === undefined ? undefined : await read(digest, platforms);
      if (found === undefined) break;
      images.push(found.image);
    }
    if (images.length === builds.length) {
      return {kind: 'found', digests: digestsOf(builds, images), images};
    }
  }
  const all = builds.flatMap(({platforms}) => platforms);
  const tried = new Set<string>();
  for await (const reference of inTurn(references, recorded)) {
    if (tried.has(reference)) continue;
    tried.add(reference);
    const found = await read(reference, all);
    if (found === undefined) continue;
    const images = builds.map(() => found.image);
    return {kind: 'found', digests: digestsOf(builds, images), images: [found.image]};
  }
  return {kind: 'missing', other, trouble};
}

async function* inTurn(
  first: readonly string[],
  then: () => Promise<readonly string[]>,
): AsyncIterable<string> {
  yield* first;
  yield* await then();
}

function digestsOf(
  builds: LookedFor['builds'],
  images: readonly ReadImage[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(builds.map(({id}, at) => [id, images[at]?.digest ?? '']));
}
