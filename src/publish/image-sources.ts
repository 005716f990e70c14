import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';

/** An image by its digest, and the repositories that may have it: the one that it is wanted in first. */
export interface SoughtImage {
  readonly digest: string;
  readonly repositories: readonly string[];
}

/**
 * Each as `repository@digest`, of the first repository that has it. An image that was built before another
 * registry was named is in the others alone; it is copied from there, and not built for that. Fails with
 * what the first one said where none has it.
 */
export async function findSources(
  images: Images,
  sought: readonly SoughtImage[],
  signal: AbortSignal,
): Promise<Result<readonly string[], ImageReadFailure>> {
  const found: string[] = [];
  for (const {digest, repositories} of sought) {
    let first: ImageReadFailure | undefined;
    for (const repository of repositories) {
      const read = await images.manifest(repository, digest, signal);
      if (read.ok) {
        found.push(`${repository}@${digest}`);
        first = undefined;
        break;
      }
      first ??= read.error;
      if (read.error.kind !== 'not-found') break;
    }
    if (first !== undefined) return err(first);
  }
  return ok(found);
}
