import {ok, type Result} from '../model/result.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import {gitVersionsOf} from './checkout-guards.ts';
import {gitFailure} from './git-step.ts';
import type {ReleaseRules} from './release-rules.ts';
import type {StepFailure} from './release-step.ts';
import {versionTags, type TagLevel, type Version} from './version-tags.ts';

/**
 * The greater version that has been released since this release looked, and whose are the tags of this
 * level; null when there is none. Every release pushes its git tag before it moves anything.
 */
export type Overtaking = (level: TagLevel) => Promise<Result<string | null, StepFailure>>;

/** `known`: the versions that the plan was made with. */
export function createOvertaking(
  {git, folder, rules}: {git: ReleaseGit; folder: string; rules: ReleaseRules},
  version: Version,
  known: readonly Version[],
): Overtaking {
  const texts = new Set([version, ...known].map(({text}) => text));
  return async (level) => {
    const tags = await git.remoteTags(folder, rules.remote);
    if (!tags.ok) return gitFailure(tags.error);
    const others = gitVersionsOf(tags.value, rules).filter(({text}) => !texts.has(text));
    const found = versionTags(version, {prefix: '', suffix: ''}, others, rules);
    const levels = found.ok ? found.value : [];
    return ok(levels.find((one) => one.level === level)?.heldBy ?? null);
  };
}
