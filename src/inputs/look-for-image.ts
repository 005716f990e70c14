import type {Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {ImageReadFailure} from '../ports/images.ts';
import {readFoundImage, type FoundImage, type ImagePlace} from './find-image.ts';
import type {RememberedBuild} from './input-memory.ts';

/** The builds of a target, of which together the image is looked for. */
export interface LookedFor {
  /** Fingerprint. */
  readonly inputs: string;
  readonly place: ImagePlace;
  readonly builds: readonly {readonly id: string; readonly platforms: readonly string[]}[];
  /** Exactly what an image holds that is found by a tag or in a record. */
  readonly platforms: readonly string[];
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
  const {inputs, place, builds, platforms: all} = request;
  const {remembered, references, recorded, files, signal} = request;
  let other: FoundImage | undefined;
  let trouble: string | undefined;
  // Of what was built here it is known from what: that needs no look.
  const others = new Set(
    remembered.flatMap((build) =>
      build.inputs === inputs && build.trusted ? [] : Object.values(build.digests),
    ),
  );
  // A place that cannot be asked for one image cannot be asked for the next.
  const noted = <T>(read: Result<T, ImageReadFailure>): T | undefined => {
    if (read.ok) return read.value;
    const {kind, message} = read.error;
    if (kind !== 'not-found' && kind !== 'invalid') trouble ??= message;
    return undefined;
  };
  const isThere = async (digest: string, platforms: readonly string[]): Promise<boolean> => {
    if (trouble !== undefined) return false;
    const options = {manifestsOnly: true, signal};
    return noted(await readFoundImage(place, digest, platforms, files, options)) !== undefined;
  };

  for (const build of remembered) {
    if (build.inputs !== inputs || build.place !== place.repository || !build.trusted) continue;
    const digests: string[] = [];
    for (const {id, platforms} of builds) {
      const digest = build.digests[id];
      // Its digest is known to be that of these inputs: it only has to be there.
      if (digest === undefined || !(await isThere(digest, platforms))) break;
      digests.push(digest);
    }
    if (digests.length === builds.length) return found(builds, digests);
  }
  const tried = new Set<string>();
  for await (const reference of inTurn(references, recorded)) {
    if (trouble !== undefined) break;
    if (tried.has(reference) || others.has(reference)) continue;
    tried.add(reference);
    const root = noted(await place.images.manifest(place.repository, reference, signal));
    if (root === undefined || others.has(root.digest)) continue;
    const options = {manifestsOnly: false, root, signal};
    const one = noted(await readFoundImage(place, reference, all, files, options));
    if (one === undefined) continue;
    if (one.inputs === inputs) {
      return found(
        builds,
        builds.map(() => root.digest),
      );
    }
    other ??= one;
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

function found(builds: LookedFor['builds'], digests: readonly string[]): LookResult {
  const entries = builds.map(({id}, at) => [id, digests[at] ?? ''] as const);
  return {kind: 'found', digests: Object.fromEntries(entries)};
}
