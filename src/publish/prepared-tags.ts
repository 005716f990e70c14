import {untrustedRemedy} from '../docker/registry-remedies.ts';
import type {TagMove} from '../events/event.ts';
import type {PublishFailed} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {TagPublication} from '../plan/publication.ts';
import type {Images, ImageReadFailure, StoredManifest} from '../ports/images.ts';
import {findSources} from './image-sources.ts';
import {heldImage, isWanted, wantedImage} from './held-images.ts';

/** A publication, what its tags are to hold, and what they hold before anything moves. */
export interface PreparedTags {
  readonly publication: TagPublication;
  readonly before: ReadonlyMap<string, StoredManifest | null>;
  /** References that do not hold what they should. */
  readonly stale: readonly string[];
  /** What they are made of, each `repository@digest`; null where docker's own store pushes it. */
  readonly sources: readonly string[] | null;
  /** Each reference with what it had, and has as far as nothing moved. */
  moves(): readonly TagMove[];
  /** Those that were stale and hold by now what they should, or cannot be read. */
  written(signal: AbortSignal): Promise<readonly string[]>;
  /** Reads every reference once more. */
  readAgain(signal?: AbortSignal): Promise<ReadAgain>;
}

export interface ReadAgain {
  readonly isRight: boolean;
  readonly moves: readonly TagMove[];
  /** Why a reference could not be read. */
  readonly problem: string | undefined;
}

/**
 * Reads what the tags of a publication hold now. Fails when a digest that it needs is not known, or in
 * none of the repositories, or a tag cannot be read: then nothing may move.
 */
export async function prepareTags(request: {
  readonly publication: TagPublication;
  readonly digests: ReadonlyMap<string, string>;
  /** Other repositories that the images of its builds are meant for. */
  readonly others: readonly string[];
  readonly images: Images;
  readonly signal: AbortSignal;
}): Promise<Result<PreparedTags, PublishFailed>> {
  const {publication, digests, others, images, signal} = request;
  const {of, repository, references, builds, annotations, through} = publication;
  const failed = (message: string, remedy: string): Result<never, PublishFailed> =>
    err({reason: 'publish-failed', of, message, remedy});

  const missing = builds.filter((id) => !digests.has(id));
  if (missing.length > 0) {
    return failed(`there is no image of ${missing.join(', ')}`, 'Build it, and publish again.');
  }
  const sought = builds.map((id) => ({
    digest: digests.get(id) ?? '',
    repositories: [repository, ...others],
  }));
  let sources: readonly string[] | null = sought.map(({digest}) => `${repository}@${digest}`);
  let wanted = await wantedImage(images, sources, annotations, signal);
  if (!wanted.ok && wanted.error.kind === 'not-found' && others.length > 0) {
    const found = await findSources(images, sought, signal);
    if (!found.ok) return failed(found.error.message, remedyOf(found.error));
    sources = found.value;
    wanted = await wantedImage(images, sources, annotations, signal);
  }
  if (!wanted.ok) return failed(wanted.error.message, remedyOf(wanted.error));
  const held = await Promise.all(
    references.map((reference) => heldImage(images, reference, signal)),
  );
  const unread = held.find((one) => !one.ok);
  if (unread !== undefined) return failed(unread.error.message, remedyOf(unread.error));
  const before = new Map(
    references.map((reference, position) => {
      const one = held[position];
      return [reference, one?.ok === true ? one.value : null];
    }),
  );
  const {value: image} = wanted;
  const stale = references.filter((reference) => !isWanted(before.get(reference) ?? null, image));
  if (stale.length > 0 && image.kind === 'digest' && (through === 'store' || others.length > 0)) {
    const found = await findSources(images, sought, signal);
    // What was built by the docker driver is in its store alone.
    const isInStore = through === 'store' && !found.ok && found.error.kind === 'not-found';
    if (!found.ok && !isInStore) return failed(found.error.message, remedyOf(found.error));
    sources = found.ok ? found.value : null;
  }
  const moveOf = (reference: string, after: string | null): TagMove => ({
    reference,
    before: before.get(reference)?.digest ?? null,
    after,
  });
  return ok({
    publication,
    before,
    stale,
    sources,
    moves: () => references.map((one) => moveOf(one, before.get(one)?.digest ?? null)),
    async written(until) {
      const now = await Promise.all(
        stale.map(async (reference) => {
          const held = await heldImage(images, reference, until);
          return held.ok && !isWanted(held.value, image) ? [] : [reference];
        }),
      );
      return now.flat();
    },
    async readAgain(until = signal) {
      const now = await Promise.all(
        references.map(async (reference) => heldImage(images, reference, until)),
      );
      const problem = now.find((one) => !one.ok);
      return {
        isRight: now.every((one) => one.ok && isWanted(one.value, image)),
        moves: references.map((reference, position) => {
          const one = now[position];
          return moveOf(reference, one?.ok === true ? (one.value?.digest ?? null) : null);
        }),
        problem: problem?.error.message,
      };
    },
  });
}

function remedyOf({kind}: ImageReadFailure): string {
  switch (kind) {
    case 'unauthorized':
      return 'Log in with an account that may read and write: docker login HOST.';
    case 'not-found':
      return 'Check that nothing removes images from the repository, and run the same command again.';
    case 'untrusted':
      return untrustedRemedy;
    case 'unreachable':
    case 'invalid':
    case 'plain-http':
      return 'Check the registry, and run the same command again: what was built is not built again.';
  }
}
