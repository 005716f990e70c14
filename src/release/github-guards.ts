import type {GitHubFailure, GitHubRelease, GitHubReleases} from '../ports/github.ts';
import type {ReleaseProblem} from './checkout-guards.ts';
import {digestsFile, readDigests} from './digests-file.ts';
import {gitHubStepFailure} from './github-steps.ts';

/**
 * Whether GitHub can be reached, knows the commit, and lets the token write releases. It only tells that
 * for sure when it is asked for something that takes the right: notes, which are needed anyway.
 */
export async function checkGitHub(
  github: GitHubReleases | null,
  request: {
    readonly tag: string;
    readonly commit: string;
    readonly previousTag: string | null;
  },
): Promise<{readonly notes: string | null; readonly problems: readonly ReleaseProblem[]}> {
  if (github === null) return {notes: null, problems: []};
  const repository = await github.repository();
  if (!repository.ok) return {notes: null, problems: [problemOf(repository.error)]};
  if (repository.value.canPush === false) {
    const message = 'GitHub: the token may read the repository, but not write to it';
    return {
      notes: null,
      problems: [problemOf({kind: 'forbidden', status: null, message})],
    };
  }
  const notes = await github.generateNotes(request);
  if (notes.ok) return {notes: notes.value, problems: []};
  if (notes.error.kind !== 'invalid') return {notes: null, problems: [problemOf(notes.error)]};
  return {
    notes: null,
    problems: [
      {
        message: `GitHub cannot make notes for commit ${request.commit.slice(0, 12)}: ${notes.error.message}`,
        remedy: 'push the commit first: a release is made of what others can see',
      },
    ],
  };
}

/** Digest of each exact tag, by its reference, as a public release says; none of a draft. */
export async function announcedDigests(
  github: GitHubReleases | null,
  release: GitHubRelease | null,
): Promise<{
  readonly found: ReadonlyMap<string, string>;
  readonly problems: readonly ReleaseProblem[];
}> {
  const asset = release?.assets.find(({name, uploaded}) => name === digestsFile && uploaded);
  if (github === null || release === null || release.draft || asset === undefined) {
    return {found: new Map(), problems: []};
  }
  const text = await github.readAsset(asset.id);
  return text.ok
    ? {found: readDigests(text.value), problems: []}
    : {found: new Map(), problems: [problemOf(text.error)]};
}

function problemOf(failure: GitHubFailure): ReleaseProblem {
  const {message, remedy} = gitHubStepFailure(failure);
  return {message: message.replace('GitHub: GitHub: ', 'GitHub: '), remedy};
}
