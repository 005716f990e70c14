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
export function draftWork({plan, github, texts, state}: GitHubWork): StepWork {
  let body: string | null = null;
  const files = plan.steps.flatMap((step) => (step.kind === 'github-asset' ? [step.name] : []));
  const isSpare = ({draft, name, body: text, assets}: GitHubRelease): boolean =>
    draft &&
    name === texts.title &&
    isReleasePart(text) &&
    assets.every((asset) => files.includes(asset.name));
  let spare: readonly GitHubRelease[] = [];

  /** Both machines may do it. */
  async function removeSpare(): Promise<Result<void, StepFailure>> {
    for (const {id} of spare) {
      const deleted = await github.deleteDraft(id);
      if (!deleted.ok && deleted.error.kind !== 'not-found') return done(deleted);
    }
    return ok(undefined);
  }

  return {
    async observe() {
      const found = await look(github, plan.gitTag, state);
      if (!found.ok) return found;
      const [release = null, ...others] = found.value;
      spare = others.filter(isSpare);
      if (release === null) return ok({state: 'missing', will: `make a draft of ${plan.gitTag}`});
      if (!release.draft && hasReleasePart(release.body)) return ok(right);
      if (release.immutable) return ok(immutable(release));
      const notes = await texts.notes(state);
      if (!notes.ok) return notes;
      body = withReleasePart(release.body, notes.value);
      const what = release.draft ? 'draft' : 'release';
      const will = [
        ...(sameText(body, release.body) ? [] : [`write the notes of the ${what} that is there`]),
        ...(spare.length === 0 ? [] : ['remove the draft that another run has made as well']),
      ];
      return ok(will.length === 0 ? right : {state: 'missing', will: will.join(', ')});
    },
    async perform() {
      if (state.github) {
        const updated = await github.updateBody(state.github.id, body ?? '');
        return updated.ok ? removeSpare() : lost(updated, plan.gitTag);
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
      const drafts = await github.ofTag(plan.gitTag);
      if (!drafts.ok) return done(drafts);
      spare = drafts.value.slice(1).filter(isSpare);
      return removeSpare();
    },
  };
}

/** A file of the release. While it is a draft a file with other content is replaced. */
export function assetWork(name: string, {plan, github, texts, state}: GitHubWork): StepWork {
  let wrong: GitHubAsset | undefined;
  return {
    async observe() {
      const found = await look(github, plan.gitTag, state);
      if (!found.ok) return found;
      const [release] = found.value;
      if (release === undefined) return ok({state: 'missing', will: `attach ${name}`});
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
        if (!deleted.ok) return lost(deleted, plan.gitTag);
      }
      return lost(await github.upload(release, file.value), plan.gitTag);
    },
  };
}

/** Makes the draft public. */
export function publishWork({plan, github, state}: GitHubWork): StepWork {
  return {
    async observe() {
      const found = await look(github, plan.gitTag, state);
      if (!found.ok) return found;
      if (found.value[0]?.draft === false) return ok(right);
      const latest = plan.isLatest ? ' as the latest release' : '';
      return ok({state: 'missing', will: `publish ${plan.gitTag}${latest}`});
    },
    async perform() {
      const release = state.github;
      if (!release) return noRelease(plan.gitTag);
      return lost(await github.publish(release.id, plan.isLatest), plan.gitTag);
    },
  };
}

async function look(
  github: GitHubReleases,
  tag: string,
  state: ReleaseState,
): Promise<Result<readonly GitHubRelease[], StepFailure>> {
  const found = await github.ofTag(tag);
  if (!found.ok) return err(gitHubStepFailure(found.error));
  state.github = found.value[0] ?? null;
  return found;
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
const lost = (result: Result<unknown, GitHubFailure>, tag: string): Result<void, StepFailure> =>
  !result.ok && result.error.kind === 'not-found' ? noRelease(tag) : done(result);

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
