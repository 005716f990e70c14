import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';

import {checkTag} from '../model/image-ref.ts';
import {quoted, type Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';

/** A version of semver 2.0.0. */
export interface Version {
  /** Without prefix: `1.4.2`, `2.0.0-rc.1+cu12`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  /** True for `2.0.0-rc.1`. */
  readonly isPrerelease: boolean;
}

/** Reads a version; `prefix` (of git tags) may stand before it. */
export function parseVersion(text: string, prefix = ''): Result<Version, Problem> {
  const version = readVersion(text) ?? readVersion(withoutPrefix(text, prefix));
  if (version !== undefined) return ok(version);
  return err({
    message: `${quoted(text)} is not a version`,
    suggestion: 'write a semantic version (semver.org), such as `1.4.2` or `2.0.0-rc.1`',
  });
}

const withoutPrefix = (text: string, prefix: string): string =>
  text.startsWith(prefix) ? text.slice(prefix.length) : '';

/** The version that `text` is, to the letter; semver's own parser also takes `v1.2.3` and blanks. */
export function readVersion(text: string): Version | undefined {
  const parsed = /^\d/.test(text) ? parse(text) : null;
  if (parsed === null) return undefined;
  const {major, minor, build} = parsed;
  if ([parsed.version, ...(build.length > 0 ? [build.join('.')] : [])].join('+') !== text) {
    return undefined;
  }
  return {text, major, minor, isPrerelease: parsed.prerelease.length > 0};
}

/** Precedence by semver 2.0.0, section 11: build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return compare(a.text, b.text);
}

/** True for versions of one line, such as 1.4. */
export function isSameLine(a: Version, b: Version): boolean {
  return a.major === b.major && a.minor === b.minor;
}

/**
 * A tag of an image around the version: `{version}-cuda12.6` has the suffix `-cuda12.6`. What a variant
 * adds is known from matrix.yml and never parsed as part of a version: to semver `1.4.0-cuda12.6` would
 * be a pre-release.
 */
export interface TagTemplate {
  readonly prefix: string;
  readonly suffix: string;
}

/** `+` is not allowed in a tag, and `_` not in a version: the one stands for the other. */
export const versionInTag = (version: string): string => version.replaceAll('+', '_');
export const versionOfTag = (text: string): string => text.replaceAll('_', '+');

/** How far a tag of a release reaches; from the narrowest to the widest. */
export const tagLevels = ['exact', 'minor', 'major', 'latest', 'next'] as const;
export type TagLevel = (typeof tagLevels)[number];

/** What matrix.yml says about tags. */
export interface TagRules {
  /** Levels that move; `exact` is always made. */
  readonly moving: readonly ('minor' | 'major' | 'latest')[];
  /** What `{version}` becomes in the tag of the greatest version: `latest`. */
  readonly latest: string;
  /** The same for pre-releases; null when they move no tag. */
  readonly next: string | null;
}

/** One tag that a version has, or would have if it were the greatest. */
export interface VersionTag {
  readonly level: TagLevel;
  readonly tag: string;
  /** False when a greater version has it. */
  readonly moves: boolean;
  /** The version that has it instead; null when it moves. */
  readonly heldBy: string | null;
}

/**
 * The tags of `version` for one template, from the narrowest to the widest. `published` are the versions
 * that exist for this template; the version itself may be among them.
 *
 * The exact tag is made once and never moved. `1.4`, `1` and `latest` belong to the greatest stable
 * version of their reach, so that a backport moves only its own line. A pre-release has its exact tag and,
 * where asked for, `next`, which belongs to the greatest pre-release. There is no tag `0`: between 0.4 and
 * 0.5 everything may change (semver 2.0.0, section 4).
 */
export function versionTags(
  version: Version,
  template: TagTemplate,
  published: readonly Version[],
  rules: TagRules,
): Result<readonly VersionTag[], Problem> {
  const others = published.filter((one) => one.isPrerelease === version.isPrerelease);
  const tags = levelsOf(version, rules).map(({level, word, reaches}): VersionTag => {
    const greater = others
      .filter((one) => reaches(one) && compareVersions(one, version) > 0)
      .toSorted(compareVersions)
      .at(-1);
    const heldBy = level === 'exact' ? null : (greater?.text ?? null);
    return {level, tag: fillTemplate(template, word), moves: heldBy === null, heldBy};
  });
  for (const {tag} of tags) {
    const problem = checkTag(tag);
    if (problem !== undefined) return err(problem);
  }
  return ok(tags);
}

interface Level {
  readonly level: TagLevel;
  readonly word: string;
  readonly reaches: (other: Version) => boolean;
}

function levelsOf(version: Version, {moving, latest, next}: TagRules): readonly Level[] {
  const {text, major, minor, isPrerelease} = version;
  const all = (): boolean => true;
  const exact: Level = {level: 'exact', word: versionInTag(text), reaches: () => false};
  if (isPrerelease)
    return next === null ? [exact] : [exact, {level: 'next', word: next, reaches: all}];
  const levels: readonly Level[] = [
    {level: 'minor', word: `${major}.${minor}`, reaches: (other) => isSameLine(other, version)},
    ...(major === 0
      ? []
      : [
          {
            level: 'major' as const,
            word: String(major),
            reaches: (other: Version) => other.major === major,
          },
        ]),
    {level: 'latest', word: latest, reaches: all},
  ];
  return [exact, ...levels.filter(({level}) => moving.some((one) => one === level))];
}

/** The template with `word` for the version; a `v` that belongs to a number goes with it. */
function fillTemplate({prefix, suffix}: TagTemplate, word: string): string {
  const before = /^\d/.test(word) ? prefix : prefix.replace(/(^|[-_.])v$/, '$1');
  return `${before}${word}${suffix}`;
}
