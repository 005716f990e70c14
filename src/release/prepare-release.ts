import type {MatrixFile} from '../config/matrix-file.ts';
import type {FileUnusable, ReleaseRefused} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Ecr} from '../ports/ecr.ts';
import type {Files} from '../ports/files.ts';
import type {GitFacts} from '../ports/git.ts';
import type {GitHubReleases} from '../ports/github.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import type {Waiting} from '../ports/waiting.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {createOvertaking} from './overtaking.ts';
import {placesOf} from '../registries/registry-places.ts';
import {checkoutProblems, gitVersionsOf, type ReleaseProblem} from './checkout-guards.ts';
import {announcedDigests, checkGitHub} from './github-guards.ts';
import {readTag} from './image-steps.ts';
import type {RegistryPorts} from './move-tags.ts';
import {previousSizes} from './previous-sizes.ts';
import {verifyTested, versionWarning, type PromotedTarget} from './promoted-targets.ts';
import {immutableProblems, repositoryTags} from './registry-guards.ts';
import {targetOf, type ReleaseImage} from './release-images.ts';
import {openJournal, readJournal} from './release-journal.ts';
import type {ReleaseNotesFacts} from './release-notes-facts.ts';
import {planRelease, type PromotedImage, type ReleasePlan} from './release-plan.ts';
import type {ReleaseRules} from './release-rules.ts';
import {replacedProblems} from './replaced-guards.ts';
import {newReleaseState} from './release-state.ts';
import {releaseFileNames, releaseTexts} from './release-texts.ts';
import {inspectSteps, problemsOf, type Inspection, type WorkedStep} from './run-steps.ts';
import {stepWorks} from './step-works.ts';
import {testedImages, type TestedImage} from './tested-images.ts';
import {versionInTag, type Version} from './version-tags.ts';

export interface ReleaseRequest {
  readonly version: Version;
  readonly rules: ReleaseRules;
  /** null outside a checkout. */
  readonly git: GitFacts | null;
  /** A folder in the checkout. */
  readonly folder: string;
  readonly images: readonly ReleaseImage[];
  /** Platforms of each target, by its id. */
  readonly platforms: ReadonlyMap<string, readonly string[]>;
  /** Where the images of this commit may be recorded. */
  readonly records: readonly BuildRecord[];
  /** null: without GitHub. */
  readonly github: {readonly repository: string; readonly releases: GitHubReleases} | null;
  readonly ports: ReleasePorts;
  readonly registries: MatrixFile['registries'];
  /** Version of buildx; null when unknown. */
  readonly buildx: string | null;
  /** Problems that were found before. */
  readonly problems: readonly ReleaseProblem[];
  readonly renderNotes: (facts: ReleaseNotesFacts) => string;
}

export interface ReleasePorts extends RegistryPorts {
  readonly git: ReleaseGit;
  readonly files: Files;
  readonly ecr: Ecr;
  readonly waiting: Waiting;
}

/** A release that nothing speaks against, with what is there of it already. */
export interface PreparedRelease {
  readonly plan: ReleasePlan;
  readonly steps: readonly WorkedStep[];
  readonly inspections: readonly Inspection[];
  /** What stops nothing, and is worth knowing; null when there is nothing. */
  readonly warning: string | null;
  /** Page of the release on GitHub, when it has been seen. */
  readonly page: () => string | null;
}

/**
 * Looks at everything that a release needs and touches, and changes nothing: the checkout, the remote,
 * the images of this commit, the registries, GitHub, and each step. Every problem is told at once.
 */
export async function prepareRelease(
  request: ReleaseRequest,
): Promise<Result<PreparedRelease, ReleaseRefused | FileUnusable>> {
  const {version, rules, git, folder, ports} = request;
  const problems: ReleaseProblem[] = [...request.problems];
  const refused = (): Result<never, ReleaseRefused> =>
    err({reason: 'release-refused', version: version.text, problems});
  const checkout = git === null ? null : await ports.git.checkout(folder, rules.remote);
  if (git === null || checkout === null) {
    problems.push({
      message: 'this is no git checkout with a commit',
      remedy: 'release from a checkout of the repository',
    });
    return refused();
  }
  const remote = await remoteFacts(request, git);
  problems.push(
    ...remote.problems,
    ...checkoutProblems({...{version, rules, git, checkout}, remoteTags: remote.tags}),
  );

  const targets = await promotedTargets(request, git.commit);
  problems.push(...targets.problems);
  const repositories = new Set(request.images.map(({repository}) => repository));
  const tags = await repositoryTags(repositories, ports);
  problems.push(...tags.problems);
  const gitTag = `${rules.tagPrefix}${version.text}`;
  const known = gitVersionsOf(remote.tags, rules);
  const used = new Set(targets.found.map(({runId}) => runId));
  const records = request.records.filter(({runId}) => used.has(runId));
  const planned = planRelease({
    ...{version, rules},
    commit: git.commit,
    github: request.github?.repository ?? null,
    images: promotedImages(request.images, targets.found),
    files: releaseFileNames(targets.found, records),
    gitVersions: known,
    tags: tags.found,
  });
  if (!planned.ok) {
    problems.push(
      ...planned.error.map(({message, suggestion = ''}) => ({message, remedy: suggestion})),
    );
    return refused();
  }
  const plan = planned.value;
  const github = await checkGitHub(request.github?.releases ?? null, {
    ...{tag: gitTag, commit: git.commit},
    previousTag: plan.previous === null ? null : `${rules.tagPrefix}${plan.previous}`,
  });
  problems.push(...github.problems);
  if (problems.length > 0) return refused();

  const earlier = await readJournal(ports.files, version.text);
  if (!earlier.ok) return earlier;
  const journal = await openJournal(ports.files, version.text, git.commit);
  if (!journal.ok) return journal;
  const sizes = await previousSizes({
    records,
    targets: targets.found,
    images: request.images,
    previous: plan.previous,
    registry: ports.images,
  });
  const state = newReleaseState();
  const steps = stepWorks({
    plan,
    registry: ports,
    git: ports.git,
    folder,
    github: request.github?.releases ?? null,
    texts: releaseTexts({
      ...{plan, records, sizes},
      targets: targets.found,
      images: ports.images,
      generated: github.notes,
      render: request.renderNotes,
    }),
    journal: journal.value,
    overtaking: createOvertaking({git: ports.git, folder, rules}, version, known),
    state,
  });
  const inspections = await inspectSteps(steps);
  const announced = await announcedDigests(request.github?.releases ?? null, state.github ?? null);
  problems.push(...announced.problems);
  const places = placesOf([...repositories], request.registries ?? {});
  const {ecr, signal} = ports;
  problems.push(
    ...problemsOf(inspections),
    ...(await replacedProblems({
      ...{plan, platforms: request.platforms, images: ports.images},
      ...{journal: earlier.value, announced: announced.found, digests: state.digests},
      isOnlyVersion:
        remote.tags?.get(gitTag) === git.commit &&
        known.every(
          ({text}) =>
            text === version.text || remote.tags?.get(`${rules.tagPrefix}${text}`) !== git.commit,
        ),
    })),
    ...(await immutableProblems({inspections, places, buildx: request.buildx, ecr, signal})),
  );
  if (problems.length > 0) return refused();
  const isTagged = (target: string): boolean =>
    inspections.some(
      ({step, found}) =>
        step.kind === 'exact-tags' &&
        step.of === target &&
        found.ok &&
        found.value.state === 'right',
    );
  const warning = versionWarning(targets.found, version.text, isTagged);
  return ok({...{plan, steps, inspections, warning}, page: () => state.github?.url ?? null});
}

async function remoteFacts(
  {rules, folder, ports}: ReleaseRequest,
  git: GitFacts,
): Promise<{
  readonly tags: ReadonlyMap<string, string> | null;
  readonly problems: readonly ReleaseProblem[];
}> {
  const tags = await ports.git.remoteTags(folder, rules.remote);
  const remedy = `see that \`${rules.remote}\` can be reached, and that you may push tags to it`;
  if (!tags.ok) {
    return {
      tags: null,
      problems: [{message: `git remote ${rules.remote}: ${tags.error}`, remedy}],
    };
  }
  const tried = await ports.git.tryPush(folder, rules.remote, git.commit);
  if (tried.ok) return {tags: tags.value, problems: []};
  return {
    tags: tags.value,
    problems: [{message: `git remote ${rules.remote} takes no tags: ${tried.error}`, remedy}],
  };
}

interface Found<T> {
  readonly found: T;
  readonly problems: readonly ReleaseProblem[];
}

/** The image of each target: of this commit, pushed, and still in the registry as it was recorded. */
async function promotedTargets(
  request: ReleaseRequest,
  commit: string,
): Promise<Found<readonly PromotedTarget[]>> {
  const {images, platforms, records, ports} = request;
  const problems: ReleaseProblem[] = [];
  const found: PromotedTarget[] = [];
  const missing: string[] = [];
  for (const target of new Set(images.flatMap((image) => image.targets))) {
    const candidates = testedImages(target, platforms.get(target) ?? [], commit, records);
    const tested = await candidateOf(request, target, candidates);
    if (tested === undefined) {
      missing.push(target);
      continue;
    }
    const verified = await verifyTested(tested, ports.images);
    if (verified.ok) found.push(verified.value);
    else problems.push(verified.error);
  }
  if (missing.length > 0) {
    problems.unshift({
      message: `there are no tested images of commit ${commit.slice(0, 12)} for ${missing.join(', ')}`,
      remedy:
        'build and push them from a clean checkout: `build-matrix build --push`; or name the records of the build: --record FILE',
    });
  }
  return {found, problems};
}

/**
 * The image that a first try has released already, or else the latest: a commit that was built again since
 * must not stop a release that has begun.
 */
async function candidateOf(
  {images, version, ports}: ReleaseRequest,
  target: string,
  candidates: readonly TestedImage[],
): Promise<TestedImage | undefined> {
  if (candidates.length < 2) return candidates[0];
  const image = images.find(({of}) => of === target);
  const [template] = image?.templates ?? [];
  if (image === undefined || template === undefined) return candidates[0];
  const tag = `${template.prefix}${versionInTag(version.text)}${template.suffix}`;
  const released = await readTag(ports.images, `${image.repository}:${tag}`);
  const digest = released.ok ? released.value?.digest : undefined;
  const isReleased = ({sources}: TestedImage): boolean =>
    sources.length === 1 && sources[0]?.endsWith(`@${digest ?? ''}`) === true;
  return candidates.find(isReleased) ?? candidates[0];
}

function promotedImages(
  images: readonly ReleaseImage[],
  targets: readonly PromotedTarget[],
): readonly PromotedImage[] {
  return images.map((image) => ({
    ...image,
    sources: targets
      .filter(({target}) => image.targets.includes(targetOf(target)))
      .flatMap(({sources}) => sources),
  }));
}
