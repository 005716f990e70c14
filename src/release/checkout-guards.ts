import type {GitFacts} from '../ports/git.ts';
import type {ReleaseCheckout} from '../ports/release-git.ts';
import {isReleaseBranch, type ReleaseRules} from './release-rules.ts';
import {compareVersions, isSameLine, readVersion, type Version} from './version-tags.ts';

/** Something that speaks against a release, and what to do about it. */
export interface ReleaseProblem {
  readonly message: string;
  readonly remedy: string;
}

export interface CheckoutFacts {
  readonly version: Version;
  readonly rules: ReleaseRules;
  readonly git: GitFacts;
  readonly checkout: ReleaseCheckout;
  /** Commit of each tag of the remote; null when it could not be asked. */
  readonly remoteTags: ReadonlyMap<string, string> | null;
}

/** Versions that have a git tag at the remote: what nobody else has is not released. */
export function gitVersionsOf(
  tags: ReadonlyMap<string, string> | null,
  {tagPrefix}: ReleaseRules,
): readonly Version[] {
  return [...(tags?.keys() ?? [])].flatMap((name) => {
    if (!name.startsWith(tagPrefix)) return [];
    return readVersion(name.slice(tagPrefix.length)) ?? [];
  });
}

/** All that is wrong with the checkout and the version. */
export function checkoutProblems(facts: CheckoutFacts): readonly ReleaseProblem[] {
  return [...stateProblems(facts), ...shallowProblems(facts), ...versionProblems(facts)];
}

function stateProblems({git, rules, checkout}: CheckoutFacts): readonly ReleaseProblem[] {
  const problems: ReleaseProblem[] = [];
  if (git.dirty) {
    problems.push({
      message: 'the checkout has changes that are not committed',
      remedy: 'commit or stash them: a release is made of a commit',
    });
  }
  if (checkout.isPushed === false) {
    problems.push({
      message: `no branch of ${rules.remote} has commit ${git.commit.slice(0, 12)}`,
      remedy: `push it: git push ${rules.remote} ${git.branch ?? 'BRANCH'} (was it pushed from elsewhere: git fetch ${rules.remote})`,
    });
  }
  if (git.branch === null) {
    problems.push({
      message: `no branch is checked out (HEAD is detached at ${git.commit.slice(0, 12)})`,
      remedy: `check out the branch to release from: ${rules.branches.join(', ')}`,
    });
  } else if (!isReleaseBranch(git.branch, rules)) {
    problems.push({
      message: `releases are made from ${rules.branches.join(', ')}, and this is ${git.branch}`,
      remedy: 'check out one of them, or name this one under `release.branches` in matrix.yml',
    });
  }
  return problems;
}

/** A version that is missing here may be greater than all that can be seen. */
function shallowProblems({checkout, remoteTags, rules}: CheckoutFacts): readonly ReleaseProblem[] {
  if (!checkout.isShallow) return [];
  const missing = gitVersionsOf(remoteTags, rules).filter(
    ({text}) => !checkout.localTags.has(`${rules.tagPrefix}${text}`),
  );
  if (remoteTags !== null && missing.length === 0) return [];
  return [
    {
      message:
        remoteTags === null
          ? 'this is a shallow clone, and its tags cannot be compared with the remote'
          : `this is a shallow clone without ${missing.length === 1 ? 'the tag' : `${missing.length} tags, such as`} ${rules.tagPrefix}${missing[0]?.text ?? ''}`,
      remedy: `run: git fetch --unshallow --tags ${rules.remote} (in a workflow: actions/checkout with \`fetch-depth: 0\`)`,
    },
  ];
}

/**
 * The version must be the next of its line, such as 1.4; one whose tag is on this commit already is a
 * release that goes on.
 */
function versionProblems(facts: CheckoutFacts): readonly ReleaseProblem[] {
  const {version, rules, git, remoteTags} = facts;
  const tag = `${rules.tagPrefix}${version.text}`;
  if (remoteTags?.get(tag) === git.commit) return [];
  const notLower = gitVersionsOf(remoteTags, rules)
    .filter((one) => isSameLine(one, version) && compareVersions(one, version) >= 0)
    .filter(({text}) => text !== version.text)
    .toSorted(compareVersions)
    .at(-1);
  if (notLower === undefined) return [];
  const relation =
    compareVersions(notLower, version) === 0 ? 'is the same version to semver as' : 'is lower than';
  return [
    {
      message: `${version.text} ${relation} ${notLower.text}, which is released already`,
      remedy: `the next version of this line is greater than ${notLower.text}`,
    },
  ];
}
