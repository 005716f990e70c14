import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {TagDigests} from '../ports/tag-digests.ts';
import {oncePerKey} from './once.ts';

/** What image references mean now; each is asked once. */
export type ImageDigests = (reference: string) => Promise<Result<string, string>>;

/**
 * The digest that a reference has now: the one that it names itself, or the registry's answer. Fails
 * with a message, in the words of whoever refused.
 */
export function createImageDigests(tags: TagDigests, signal?: AbortSignal): ImageDigests {
  return oncePerKey(
    (reference) => reference,
    async (reference) => {
      const parsed = parseImageRef(reference);
      if (!parsed.ok) return err(parsed.error.message);
      const {tag, digest} = parsed.value;
      if (digest !== null) return ok(digest);
      const found = await tags.digest(repositoryOf(parsed.value), tag ?? 'latest', signal);
      return found.ok ? found : err(found.error.message);
    },
  );
}
