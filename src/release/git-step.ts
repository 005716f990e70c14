import {err, ok, type Result} from '../model/result.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import type {GitTag} from './release-plan.ts';
import {right, type StepFailure, type StepWork} from './release-step.ts';

/** An annotated tag on the commit, here and at the remote. One on another commit is a conflict. */
export function gitTagWork(
  {name, commit, message, remote}: GitTag,
  git: ReleaseGit,
  folder: string,
): StepWork {
  let isHere = false;
  const elsewhere = (place: string, other: string) => ({
    state: 'conflict' as const,
    message: `the git tag ${name} is ${place}, on commit ${other.slice(0, 12)}, not on ${commit.slice(0, 12)}`,
    remedy: 'release the next version; a tag that others may have is never moved',
  });
  return {
    async observe() {
      const checkout = await git.checkout(folder, remote);
      const here = checkout?.localTags.get(name);
      isHere = here !== undefined;
      const tags = await git.remoteTags(folder, remote);
      if (!tags.ok) return gitFailure(tags.error);
      const there = tags.value.get(name);
      if (there !== undefined && there !== commit) return ok(elsewhere(`at ${remote}`, there));
      if (there === commit) return ok(right);
      if (here !== undefined && here !== commit) return ok(elsewhere('in this checkout', here));
      const will = isHere ? `push ${name} to ${remote}` : `make ${name}, and push it to ${remote}`;
      return ok({state: 'missing', will});
    },
    async perform() {
      if (!isHere) {
        const made = await git.createTag({folder, name, commit, message});
        if (!made.ok) return gitFailure(made.error);
      }
      const pushed = await git.pushTag(folder, remote, name);
      if (pushed.ok) return pushed;
      // Another machine may have pushed its own just now. Kept beside that, ours would fail every
      // `git fetch --tags` of this checkout. Where there is none at the remote, ours stays.
      await git.fetchTag(folder, remote, name);
      return gitFailure(pushed.error);
    },
  };
}

/** What git and ssh say when a network is gone, which may come back. */
const networkWords =
  /could not resolve host|connection (?:refused|reset|timed out)|unable to access.*(?:50\d|timed out)|gave no answer|early EOF|hung up unexpectedly|network is unreachable/iu;

export function gitFailure(message: string): Result<never, StepFailure> {
  return err({
    message: `git: ${message}`,
    remedy: 'see that the remote can be reached, and that you may push tags to it',
    passing: networkWords.test(message),
  });
}
