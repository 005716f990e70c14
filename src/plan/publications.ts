import {tagIn} from '../model/image-ref.ts';
import type {PlannedTarget} from './build-plan.ts';
import {indexAnnotations} from './annotation-levels.ts';
import type {Findings} from './findings.ts';
import type {ImageTags} from './image-tags.ts';
import {publicationCommands} from './publication-commands.ts';
import type {LayoutPublication, Publication, TagPublication} from './publication.ts';
import type {PlanOptions} from './plan-options.ts';
import type {ResolvedIndex} from './resolve-indexes.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** A target of the plan: what was chosen of it, and the builds that make it. */
export interface PublishedTarget {
  readonly target: ResolvedTarget;
  readonly tags: ImageTags;
  readonly builds: readonly PlannedTarget[];
}

/**
 * What becomes public, and in what order: the tags of each target, then the indexes. A target of which
 * not all platforms are built keeps its tags as they are, and so does an index of which a target is
 * missing: a tag never loses a platform by accident.
 */
export function planPublications(
  targets: readonly PublishedTarget[],
  indexes: readonly ResolvedIndex[],
  output: PlanOptions['output'],
  findings: Findings,
): readonly Publication[] {
  if (output.kind === 'load') return [];
  const complete = new Map(
    targets.filter((one) => missingPlatforms(one).length === 0).map((one) => [one.target.id, one]),
  );
  const isPushed = output.kind === 'push';
  for (const target of isPushed ? targets : []) {
    warnOfMissing(target, findings);
    checkStoredParts(target, findings);
  }
  return [
    ...[...complete.values()].flatMap((target): readonly Publication[] =>
      output.kind === 'oci' ? layoutOfTarget(target, output.folder) : tagsOfTarget(target),
    ),
    ...indexes.flatMap((index): readonly Publication[] => {
      const members = index.targets.map((id) => complete.get(id));
      if (members.every((member) => member !== undefined)) {
        return output.kind === 'oci'
          ? [layoutOfIndex(index, members, output.folder)]
          : tagsOfIndex(index, members);
      }
      const isTouched = targets.some(({target}) => index.targets.includes(target.id));
      if (isTouched && isPushed) warnOfIndex(index, complete, findings);
      return [];
    }),
  ];
}

function missingPlatforms({target, builds}: PublishedTarget): readonly string[] {
  const there = new Set(builds.flatMap(({platforms}) => platforms));
  return target.platforms.map(({value}) => value).filter((platform) => !there.has(platform));
}

function tagsOfTarget({target, tags, builds}: PublishedTarget): readonly TagPublication[] {
  const annotations = joinedAnnotations(target, builds);
  return tagPublications(target.id, tags.repositories, builds, annotations, (repository) =>
    tags.references.filter((reference) => reference.startsWith(`${repository}:`)),
  );
}

function tagsOfIndex(
  {of, tag, repositories, annotations}: ResolvedIndex,
  members: readonly PublishedTarget[],
): readonly TagPublication[] {
  const builds = members.flatMap((member) => member.builds);
  return tagPublications(of, repositories, builds, annotations, (repository) => [
    `${repository}:${tag}`,
  ]);
}

/** An image that is one build has its annotations from there. */
function joinedAnnotations(
  target: ResolvedTarget,
  builds: readonly PlannedTarget[],
): Readonly<Record<string, string>> {
  const all = [...target.annotations].map(([key, {value}]) => [key, value] as const);
  return builds.length === 1 ? {} : indexAnnotations(Object.fromEntries(all));
}

/** The whole image of a target of several builds; one build makes its layout itself. */
function layoutOfTarget(
  {target, tags, builds}: PublishedTarget,
  root: string,
): readonly LayoutPublication[] {
  if (builds.length === 1) return [];
  const [reference = ''] = tags.references;
  const tag = tagIn(reference) || 'latest';
  const annotations = joinedAnnotations(target, builds);
  const folder = `${root}/${target.id}`;
  return [{kind: 'layout', of: target.id, tag, folder, builds: layoutsOf(builds), annotations}];
}

function layoutsOf(builds: readonly PlannedTarget[]): LayoutPublication['builds'] {
  return builds.flatMap(({id, output}) =>
    output.kind === 'oci' ? [{id, folder: output.folder}] : [],
  );
}

function layoutOfIndex(
  {of, image, tag, annotations}: ResolvedIndex,
  members: readonly PublishedTarget[],
  root: string,
): LayoutPublication {
  const builds = layoutsOf(members.flatMap((member) => member.builds));
  return {kind: 'layout', of, tag, folder: `${root}/indexes/${image}/${tag}`, builds, annotations};
}

function tagPublications(
  of: string,
  repositories: readonly string[],
  builds: readonly PlannedTarget[],
  annotations: TagPublication['annotations'],
  referencesOf: (repository: string) => readonly string[],
): readonly TagPublication[] {
  const inStore = builds.some(({output}) => output.kind === 'push' && output.through === 'store');
  const builder = builds[0]?.builder ?? null;
  return repositories.flatMap((repository) => {
    const references = referencesOf(repository);
    if (references.length === 0) return [];
    // Docker's store pushes single images; an index is then joined of what the registry has.
    const through = inStore && builds.length === 1 ? 'store' : 'digest';
    const ids = builds.map(({id}) => id);
    const moved = {repository, builds: ids, annotations, through, builder} as const;
    const commands = publicationCommands(moved, references);
    return [{kind: 'tags', of, references, ...moved, commands}];
  });
}

/** The parts of a target are joined in the registry, and docker's own store pushes whole tags only. */
function checkStoredParts({target, builds}: PublishedTarget, findings: Findings): void {
  const stored = builds.find(({output}) => output.kind === 'push' && output.through === 'store');
  if (stored === undefined || builds.length === 1) return;
  findings.error('no-push-by-digest', {
    path: target.path,
    message: `\`${stored.id}\` is built by the docker driver, which cannot push a part of an image`,
    suggestion: `route ${stored.platforms.join(', ')} to another builder: \`docker buildx create --name NAME\``,
  });
}

function warnOfMissing(one: PublishedTarget, findings: Findings): void {
  const missing = missingPlatforms(one);
  const {target, tags} = one;
  if (missing.length === 0 || tags.references.length === 0) return;
  findings.warning('partial-target', {
    path: target.path,
    message: `\`${target.id}\` is built without ${missing.join(', ')}: it is pushed by digest, and its tags stay as they are`,
    suggestion: `build all of its platforms, or mean it: --set ${target.name}.platforms=${built(one).join(',')}`,
  });
}

const built = ({builds}: PublishedTarget): readonly string[] =>
  builds.flatMap(({platforms}) => platforms);

function warnOfIndex(
  index: ResolvedIndex,
  complete: ReadonlyMap<string, PublishedTarget>,
  findings: Findings,
): void {
  const missing = index.targets.filter((id) => !complete.has(id));
  findings.warning('partial-index', {
    path: index.path,
    message: `the index \`${index.of}\` stays as it is: it also needs ${missing.join(', ')}`,
    suggestion: `build these too: ${missing.map((id) => id.slice(id.indexOf('/') + 1)).join(' ')}`,
  });
}
