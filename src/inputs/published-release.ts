import {tagIn} from '../model/image-ref.ts';
import type {MadePlan} from '../plan/make-plan.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {PlannedBuild} from '../plan/build-requests.ts';
import {revisionLabel, versionLabel} from '../plan/image-labels.ts';
import type {Files} from '../ports/files.ts';
import {readFoundImage, type FoundImage, type ImagePlace} from './find-image.ts';
import {cutName, shortParts} from './input-labels.ts';

/** A version that a git tag gives to the commit of the plan, and where a target would have it published. */
export interface ReleaseOfCommit {
  readonly version: string;
  /** Full commit id. */
  readonly commit: string;
  /** Own tags of the target that name the version; at least one. */
  readonly tags: readonly string[];
}

/**
 * The release of the plan's commit under which an image of the target may be published; null where the
 * version is not that of a git tag, or the files are not those of the commit.
 */
export function releaseOfCommit(
  {git, version}: Pick<MadePlan['plan'], 'git' | 'version'>,
  target: Pick<PlannedTarget, 'tags' | 'output'> | undefined,
): ReleaseOfCommit | null {
  if (git === null || git.dirty || git.tag?.replace(/^v/, '') !== version) return null;
  if (target?.output.kind !== 'push') return null;
  const inTag = version.replaceAll('+', '_');
  const tags = new Set(target.tags.map(tagIn).filter((tag) => names(tag, inTag)));
  return tags.size === 0 ? null : {version, commit: git.commit, tags: [...tags]};
}

/** In `12.0.0-gpu` and in `2.0.0.1` there is no 2.0.0. */
function names(tag: string, version: string): boolean {
  const parts = tag.split(version);
  return parts.some((before, at) => {
    const after = parts[at + 1];
    return after !== undefined && !/[\d.]$/.test(before) && !/^[\d.]/.test(after);
  });
}

/** The image under a tag of the release, when it holds exactly these platforms and can be read. */
export async function publishedRelease(
  {tags}: ReleaseOfCommit,
  place: ImagePlace,
  platforms: readonly string[],
  {files, signal}: {readonly files: Pick<Files, 'kind'>; readonly signal: AbortSignal | undefined},
): Promise<FoundImage | undefined> {
  for (const tag of tags) {
    const options = {manifestsOnly: false, signal};
    const found = await readFoundImage(place, tag, platforms, files, options);
    if (found.ok) return found.value;
  }
  return undefined;
}

/** Whether every platform says that it was built of the commit as it is. */
export function isOfCommit({image}: FoundImage, commit: string): boolean {
  return image.platforms.every(({labels}) => labels[revisionLabel] === commit);
}

/**
 * Whether the image was built from these parts, but for settings that name the version: it was built of an
 * earlier commit, when it had no version yet.
 */
export function differsInVersion(
  {inputs, parts: published = {}}: FoundImage,
  parts: ReadonlyMap<string, string>,
  {args, labels, annotations}: PlannedBuild,
  version: string,
): boolean {
  if (inputs === null) return false;
  const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    ...{arg: args, label: labels, annotation: annotations},
  };
  const now = shortParts(parts);
  return [...new Set([...Object.keys(now), ...Object.keys(published)])].every((part) => {
    if (now[part] === published[part]) return true;
    const [kind, name] = cutName(part);
    if (kind === 'label' && name === versionLabel) return true;
    return part in published && values[kind]?.[name]?.includes(version) === true;
  });
}
