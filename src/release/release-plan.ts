import {tagIn} from '../model/image-ref.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import {publishedVersions} from './published-versions.ts';
import type {ReleaseImage} from './release-images.ts';
import type {ReleaseRules} from './release-rules.ts';
import {
  compareVersions,
  isSameLine,
  tagLevels,
  versionTags,
  type TagLevel,
  type Version,
  type VersionTag,
} from './version-tags.ts';

/** All that a release does, in order. Plain data: a dry run prints it, and a release does just this. */
export interface ReleasePlan {
  readonly schema: 1;
  readonly version: string;
  readonly isPrerelease: boolean;
  /** Full commit id. */
  readonly commit: string;
  readonly gitTag: string;
  /** The release that sizes and notes are compared with; null for a first one. */
  readonly previous: string | null;
  /** Whether GitHub shows it as the latest release. */
  readonly isLatest: boolean;
  /** `owner/name` on GitHub; null without. */
  readonly github: string | null;
  readonly steps: readonly ReleaseStep[];
  /** Tags that stay where they are, and the version that has them. */
  readonly held: readonly {readonly reference: string; readonly heldBy: string}[];
}

/**
 * Steps of one stage do not need each other: one that fails does not stop the others. The next stage
 * begins when all have succeeded.
 */
export type ReleaseStep = ExactTags | GitTag | GitHubStep | GitHubFile | MovingTags;

interface StepIdentity {
  /** What it is about, in a few words; unique in the plan. */
  readonly id: string;
  /** 0-based. */
  readonly stage: number;
}

/** Tags that are made once, and never moved. */
export interface ExactTags extends StepIdentity {
  readonly kind: 'exact-tags';
  /** `image/name`; for an index `image:tag`. */
  readonly of: string;
  /** Ids of the targets whose images it holds. */
  readonly targets: readonly string[];
  /** Of one repository. */
  readonly references: readonly string[];
  /** `repository@digest`. */
  readonly sources: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

export interface GitTag extends StepIdentity {
  readonly kind: 'git-tag';
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly remote: string;
}

/** The release on GitHub: a draft, its files, and then all at once. */
export interface GitHubStep extends StepIdentity {
  readonly kind: 'github-draft' | 'github-publish';
}

export interface GitHubFile extends StepIdentity {
  readonly kind: 'github-asset';
  readonly name: string;
}

/** Tags that follow the greatest version. */
export interface MovingTags extends StepIdentity {
  readonly kind: 'moving-tags';
  readonly level: TagLevel;
  readonly of: string;
  /** Of one repository. */
  readonly references: readonly string[];
  /** The exact tag whose image they get. */
  readonly exact: string;
}

/** An image with what was tested of it. */
export interface PromotedImage extends ReleaseImage {
  /** `repository@digest`. */
  readonly sources: readonly string[];
}

export interface PlanFacts {
  readonly version: Version;
  readonly commit: string;
  readonly rules: ReleaseRules;
  readonly github: string | null;
  readonly images: readonly PromotedImage[];
  /** Names of the files that the release on GitHub carries. */
  readonly files: readonly string[];
  /** Versions that have a git tag, here or at the remote. */
  readonly gitVersions: readonly Version[];
  /** Every tag of each repository. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
}

/** The steps of a release, and which tags they move; fails with every tag that cannot be. */
export function planRelease(facts: PlanFacts): Result<ReleasePlan, readonly Problem[]> {
  const {version, commit, rules, github, images, gitVersions} = facts;
  const problems: Problem[] = [];
  const tagged = images.map((image) => {
    const tags = image.templates.map((template) => {
      const published = publishedVersions(template, {
        tags: facts.tags.get(image.repository) ?? [],
        gitVersions,
        templates: images
          .filter(({repository}) => repository === image.repository)
          .flatMap((one) => one.templates),
      });
      const found = versionTags(version, template, published, rules);
      if (!found.ok) problems.push(found.error);
      return found.ok ? found.value : [];
    });
    return {image, tags};
  });
  if (problems.length > 0) return err(problems);

  const gitTag = `${rules.tagPrefix}${version.text}`;
  const stages: (readonly ReleaseStep[])[] = [
    tagged.filter(({image}) => !image.isIndex).map(exactTags),
    tagged.filter(({image}) => image.isIndex).map(exactTags),
    [
      {
        kind: 'git-tag',
        id: `git tag ${gitTag}`,
        stage: 0,
        name: gitTag,
        commit,
        message: `Release ${version.text}`,
        remote: rules.remote,
      },
    ],
    ...(github === null ? [] : githubStages(gitTag, facts.files)),
    ...tagLevels
      .filter((level) => level !== 'exact')
      .map((level) => tagged.flatMap((one) => movingTags(level, one))),
  ];
  return ok({
    schema: 1,
    version: version.text,
    isPrerelease: version.isPrerelease,
    ...{commit, gitTag, github},
    previous: previousRelease(version, gitVersions)?.text ?? null,
    isLatest: isLatest(version, gitVersions),
    steps: stages
      .filter((steps) => steps.length > 0)
      .flatMap((steps, stage) => steps.map((step) => ({...step, stage}))),
    held: tagged.flatMap(({image, tags}) =>
      tags
        .flat()
        .flatMap(({tag, heldBy}) =>
          heldBy === null ? [] : [{reference: `${image.repository}:${tag}`, heldBy}],
        ),
    ),
  });
}

interface TaggedImage {
  readonly image: PromotedImage;
  /** For each template. */
  readonly tags: readonly (readonly VersionTag[])[];
}

function referencesOf({image, tags}: TaggedImage, level: TagLevel): readonly string[] {
  const found = tags.flat().filter((one) => one.level === level && one.moves);
  return [...new Set(found.map(({tag}) => `${image.repository}:${tag}`))];
}

function exactTags(one: TaggedImage): ExactTags {
  const {of, targets, sources, annotations} = one.image;
  const references = referencesOf(one, 'exact');
  const id = `tag ${shortList(references)}`;
  return {kind: 'exact-tags', id, stage: 0, of, targets, references, sources, annotations};
}

function movingTags(level: TagLevel, one: TaggedImage): readonly MovingTags[] {
  const references = referencesOf(one, level);
  const [exact] = referencesOf(one, 'exact');
  if (references.length === 0 || exact === undefined) return [];
  const id = `move ${shortList(references)}`;
  return [{kind: 'moving-tags', id, stage: 0, level, of: one.image.of, references, exact}];
}

/** `host/app:1.4.2, 1.4.2-cpu`. */
function shortList(references: readonly string[]): string {
  return references
    .map((reference, index) => (index === 0 ? reference : tagIn(reference)))
    .join(', ');
}

function githubStages(
  tag: string,
  files: readonly string[],
): readonly (readonly (GitHubStep | GitHubFile)[])[] {
  return [
    [{kind: 'github-draft', id: `GitHub draft ${tag}`, stage: 0}],
    files.map((name) => ({kind: 'github-asset', id: `GitHub file ${name}`, stage: 0, name})),
    [{kind: 'github-publish', id: `GitHub release ${tag}`, stage: 0}],
  ];
}

/** The greatest stable version below: of the same line where it has one. */
function previousRelease(version: Version, known: readonly Version[]): Version | undefined {
  const below = known
    .filter((one) => !one.isPrerelease && compareVersions(one, version) < 0)
    .toSorted(compareVersions);
  return below.findLast((one) => isSameLine(one, version)) ?? below.at(-1);
}

function isLatest(version: Version, known: readonly Version[]): boolean {
  return (
    !version.isPrerelease &&
    known.every((one) => one.isPrerelease || compareVersions(one, version) <= 0)
  );
}
