import {repositoryIn} from '../model/image-ref.ts';
import type {ReleaseRefused} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {readTag} from './image-steps.ts';
import {moveTags, renewLogin, type RegistryPorts} from './move-tags.ts';
import type {TagMove} from './release-journal.ts';
import {right, type StepWork} from './release-step.ts';

/** What putting one tag back takes. */
export interface TagReturn extends TagMove {
  /** `stays`: it was new, and registries have no safe way to take a tag away. */
  readonly action: 'put-back' | 'is-back' | 'stays';
}

/**
 * What has to be done to put tags back where they were before a release, the widest first. Refused when
 * somebody has moved one of them since: nobody knows then what is right.
 */
export async function planRollback(
  version: string,
  moves: readonly TagMove[],
  {images}: Pick<RegistryPorts, 'images'>,
): Promise<Result<readonly TagReturn[], ReleaseRefused>> {
  const returns: TagReturn[] = [];
  const problems: {message: string; remedy: string}[] = [];
  for (const move of moves.toReversed()) {
    const found = await readTag(images, move.reference);
    if (!found.ok) {
      problems.push({message: found.error.message, remedy: found.error.remedy});
      continue;
    }
    const current = found.value?.digest ?? null;
    if (current === move.before) returns.push({...move, action: 'is-back'});
    else if (current === move.after) {
      returns.push({...move, action: move.before === null ? 'stays' : 'put-back'});
    } else {
      problems.push({
        message: `${move.reference} was moved since: it is ${current ?? 'gone'}, and the release had put it on ${move.after}`,
        remedy: 'a later release owns it now; move it by hand if it must go back',
      });
    }
  }
  if (problems.length === 0) return ok(returns);
  return err({reason: 'release-refused', version, problems});
}

/** Puts one tag back on the image that it had; the registry still has it under its digest. */
export function putBackWork({reference, before}: TagReturn, registry: RegistryPorts): StepWork {
  return {
    async observe() {
      const found = await readTag(registry.images, reference);
      if (!found.ok) return found;
      if (found.value?.digest === before) return ok(right);
      return ok({state: 'missing', will: `put ${reference} back on ${before ?? ''}`});
    },
    perform() {
      const source = `${repositoryIn(reference)}@${before ?? ''}`;
      return moveTags({references: [reference], sources: [source], annotations: {}}, registry);
    },
    repair: (failure) => renewLogin(failure, registry),
  };
}
