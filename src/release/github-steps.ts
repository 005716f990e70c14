import {createHash} from 'node:crypto';

import {err, ok, type Result} from '../model/result.ts';
import type {
  GitHubAsset,
  GitHubAssetFile,
  GitHubFailure,
  GitHubRelease,
  GitHubReleases,
} from '../ports/github.ts';
import {hasReleasePart, isReleasePart, withReleasePart} from './notes-part.ts';
import type {ReleasePlan} from './release-plan.ts';
import type {ReleaseState} from './release-state.ts';
import {right, type Observed, type StepFailure, type StepWork} from './release-step.ts';

/** Texts and files of the release, which are known when its images are. */
export interface ReleaseTexts {
  readonly title: string;
  /** Our part of the text, without markers. */
  notes(state: ReleaseState): Promise<Result<string, StepFailure>>;
  file(name: string, state: ReleaseState): Promise<Result<GitHubAssetFile, StepFailure>>;
}

interface GitHubWork {
  readonly plan: Pick<ReleasePlan, 'gitTag' | 'isLatest' | 'isPrerelease' | 'steps'>;
  readonly github: GitHubReleases;
  readonly texts: ReleaseTexts;
  readonly state: ReleaseState;
}

/**
 * The release as a draft, with our part of the text. A draft that somebody has begun is taken over, and a
 * release that is public already gets our part when it has none; what others wrote stays. Where two machines
 * made a draft each at the same time, both go on with the first, and the other is removed.
 */
export function draftWork(work: GitHubWork): StepWork {
  const {plan, github, texts, state} = work;
  let body: string | null = null;
  let spare: readonly GitHubRelease[] = [];
  return {
    async observe() {
      const found = await look(work);
      if (!found.ok) return found;
      const {release} = found.value;
      ({spare} = found.value);
      body = null;
      if (release === null) return ok({state: 'missing', will: `make a draft of ${plan.gitTag}`});
      const isWritten = !release.draft && hasReleasePart(release.body);
      if (!isWritten) {
        if (release.immutable) return ok(immutable(release));
        const notes = await texts.notes(state);
        if (!notes.ok) return notes;
        const wanted = withReleasePart(release.body, notes.value);
        if (!sameText(wanted, release.body)) body = wanted;
      }
      const what = release.draft ? 'draft' : 'release';
      const will = [
        ...(body === null ? [] : [`write the notes of the ${what} that is there`]),
        ...(spare.length === 0 ? [] : [removeSpare]),
      ];
      return ok(will.length === 0 ? right : {state: 'missing', will: will.join(', ')});
    },
    async perform() {
      if (state.github) {
        if (body !== null) {
          const updated = await github.updateBody(state.github.id, body);
          if (!updated.ok) return lost(updated, work);
        }
        return removeDrafts(spare, work);
      }
      const notes = await texts.notes(state);
      if (!notes.ok) return notes;
      const created = await github.createDraft({
        tag: plan.gitTag,
        name: texts.title,
        body: withReleasePart('', notes.value),
        prerelease: plan.isPrerelease,
      });
      if (!created.ok) return done(created);
      state.made = created.value.id;
      const found = await look(work);
      return found.ok ? removeDrafts(found.value.spare, work) : found;
    },
  };
}

/** A file of the release. While it is a draft a file with other content is replaced. */
export function assetWork(name: string, work: GitHubWork): StepWork {
  const {plan, github, texts, state} = work;
  let wrong: GitHubAsset | undefined;
  return {
    async observe() {
      const found = await look(work);
      if (!found.ok) return found;
      const {release} = found.value;
      if (release === null) return ok({state: 'missing', will: `attach ${name}`});
      const asset = release.assets.find((one) => one.name === name);
      if (asset?.uploaded === true && !release.draft) return ok(right);
      if (release.immutable) return ok(immutable(release));
      wrong = asset;
      if (asset === undefined) return ok({state: 'missing', will: `attach ${name}`});
      const file = await texts.file(name, state);
      if (!file.ok) return file;
      if (isFile(asset, file.value)) return ok(right);
      return ok({state: 'missing', will: `attach ${name} again`});
    },
    async perform() {
      const release = state.github;
      if (!release) return noRelease(plan.gitTag);
      const file = await texts.file(name, state);
      if (!file.ok) return file;
      if (wrong !== undefined) {
        const deleted = await github.deleteAsset(wrong.id);
        if (!deleted.ok) return lost(deleted, work);
      }
      return lost(await github.upload(release, file.value), work);
    },
  };
}

/** Makes the draft public. Where another machine has just published its own, ours is removed. */
export function publishWork(work: GitHubWork): StepWork {
  const {plan, github, state} = work;
  let spare: readonly GitHubRelease[] = [];
  return {
    async observe() {
      const found = await look(work);
      if (!found.ok) return found;
      ({spare} = found.value);
      if (found.value.release?.draft === false) {
        return ok(spare.length === 0 ? right : {state: 'missing', will: removeSpare});
      }
      const latest = plan.isLatest ? ' as the latest release' : '';
      return ok({state: 'missing', will: `publish ${plan.gitTag}${latest}`});
    },
    async perform() {
      const release = state.github;
      if (!release) return noRelease(plan.gitTag);
      if (!release.draft) return removeDrafts(spare, work);
      const published = await github.publish(release.id, plan.isLatest);
      if (published.ok) return ok(undefined);
      const found = await look(work);
      return found.ok && found.value.release?.draft === false
        ? removeDrafts(found.value.spare, work)
        : lost(published, work);
    },
  };
}

const removeSpare = 'remove the draft that another run has made as well';

interface Found {
  /** The public one, or else the first draft; null when there is none. */
  readonly release: GitHubRelease | null;
  /** Drafts of the same tag that nobody but a release has made and filled. */
  readonly spare: readonly GitHubRelease[];
}

async function look({github, plan, texts, state}: GitHubWork): Promise<Result<Found, StepFailure>> {
  const found = await github.ofTag(plan.gitTag, state.made);
  if (!found.ok) return err(gitHubStepFailure(found.error));
  const [release = null, ...others] = found.value;
  state.github = release;
  const files = plan.steps.flatMap((step) => (step.kind === 'github-asset' ? [step.name] : []));
  const spare = others.filter(
    ({draft, name, body, assets}) =>
      draft &&
      name === texts.title &&
      isReleasePart(body) &&
      assets.every((asset) => files.includes(asset.name)),
  );
  return ok({release, spare});
}

/** The other machine may have removed them as well. */
async function removeDrafts(
  drafts: readonly GitHubRelease[],
  {github}: GitHubWork,
): Promise<Result<void, StepFailure>> {
  for (const {id} of drafts) {
    const deleted = await github.deleteDraft(id);
    if (!deleted.ok && deleted.error.kind !== 'not-found') return done(deleted);
  }
  return ok(undefined);
}

const noRelease = (tag: string): Result<never, StepFailure> =>
  err({
    message: `GitHub has no release ${tag} any more`,
    remedy: 'run the same command again',
    passing: true,
  });

function immutable({tag, url}: GitHubRelease): Observed {
  return {
    state: 'conflict',
    message: `the GitHub release ${tag} is public and immutable, and not complete: ${url}`,
    remedy: 'release the next version, or leave GitHub out with --no-github',
  };
}

/** GitHub stores line breaks of its web form as CRLF. */
const sameText = (a: string, b: string): boolean =>
  a.replaceAll('\r\n', '\n').trim() === b.replaceAll('\r\n', '\n').trim();

function isFile({uploaded, size, digest}: GitHubAsset, {bytes}: GitHubAssetFile): boolean {
  if (!uploaded || size !== bytes.byteLength) return false;
  return digest === null || digest === `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const done = (result: Result<unknown, GitHubFailure>): Result<void, StepFailure> =>
  result.ok ? ok(undefined) : err(gitHubStepFailure(result.error));

/** What was seen a moment ago may be gone: another machine that releases the same has taken it away. */
const lost = (
  result: Result<unknown, GitHubFailure>,
  {plan}: GitHubWork,
): Result<void, StepFailure> =>
  !result.ok && result.error.kind === 'not-found' ? noRelease(plan.gitTag) : done(result);

/** What a failure of GitHub means for a release, and what to do. */
export function gitHubStepFailure({kind, status, message}: GitHubFailure): StepFailure {
  const said = `GitHub: ${message}${status === null ? '' : ` (${status})`}`;
  return {
    message: said,
    remedy: remedies[kind],
    passing: kind === 'server' || kind === 'unreachable',
  };
}

const goOn = 'run the same command again: it goes on from here';

const remedies: Readonly<Record<GitHubFailure['kind'], string>> = {
  unauthorized: 'set GH_TOKEN or GITHUB_TOKEN, or run `gh auth login`',
  forbidden:
    'the token needs to write contents: in a workflow `permissions: {contents: write}`; else a token with `repo`',
  'not-found':
    'see that the repository is right, and that the token may see it and write its contents and workflows',
  invalid: `mend what GitHub complains about, then ${goOn}`,
  'rate-limited': `wait as long as GitHub asks, then ${goOn}`,
  server: `GitHub has trouble (githubstatus.com); later ${goOn}`,
  unreachable: `see that GitHub can be reached, then ${goOn}`,
};
