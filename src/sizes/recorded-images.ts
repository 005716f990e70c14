import type {InvalidUsage} from '../events/failure.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {parsePlatform} from '../model/platform.ts';
import {err, ok, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import {nameMatcher, namesOf, type Named} from '../plan/name-matcher.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';

/** Sets of targets in matrix.yml: names, globs and other groups. */
export type Groups = Readonly<Record<string, readonly string[]>>;

/**
 * The record with only the targets that `words` name (by name, image, glob or group; all when empty) and
 * only these platforms of them (all when empty). Fails for a word that names nothing in it, and when
 * none of the targets has such a platform.
 */
export function onlyOf(
  record: BuildRecord,
  words: readonly string[],
  platforms: readonly string[],
  groups: Groups = {},
): Result<BuildRecord, InvalidUsage> {
  const named = record.targets.map((target) => ({target, names: namedAs(target)}));
  const chosen = new Set<TargetRecord>();
  for (const word of words) {
    const matches = wordMatcher(word, groups);
    const found = named.filter(({names}) => matches(names));
    if (found.length === 0) {
      const known = [...named.flatMap(({names}) => namesOf(names)), ...Object.keys(groups)];
      return refused(
        `the record of run ${record.runId} has no target \`${word}\``,
        didYouMean(word, known) ??
          `it has ${[...new Set(record.targets.map(targetIdOf))].join(', ')}`,
      );
    }
    for (const {target} of found) chosen.add(target);
  }
  const targets = words.length === 0 ? record.targets : [...chosen];
  if (platforms.length === 0) return ok({...record, targets: inOrder(record, targets)});

  const wanted = new Set<string>();
  for (const text of platforms) {
    const platform = parsePlatform(text);
    if (!platform.ok) {
      const {message, suggestion} = platform.error;
      return refused(`--platform ${text}: ${message}`, suggestion ?? 'write OS/ARCHITECTURE');
    }
    wanted.add(platform.value);
  }
  const kept = inOrder(record, targets)
    .map((target) => ({
      ...target,
      platforms: target.platforms.filter(({platform}) => wanted.has(platform)),
    }))
    .filter((target) => target.platforms.length > 0);
  if (kept.length > 0) return ok({...record, targets: kept});
  const built = new Set(
    targets.flatMap((target) => target.platforms.map(({platform}) => platform)),
  );
  return refused(
    `--platform ${platforms.join(',')}: the record has no such image of the targets`,
    built.size === 0 ? 'nothing of them was built' : `it has ${[...built].join(', ')}`,
  );
}

/** Whether an image is of a target that one of `words` names, and of one of `platforms`; empty is all. */
export function isChosenBy(
  words: readonly string[],
  platforms: readonly string[],
  groups: Groups = {},
): (image: {readonly target: string; readonly platform: string}) => boolean {
  const matchers = words.map((word) => wordMatcher(word, groups));
  const wanted = platforms.map((text) => {
    const platform = parsePlatform(text);
    return platform.ok ? platform.value : text;
  });
  return ({target, platform}) => {
    const slash = target.lastIndexOf('/');
    const named = namedAs({image: target.slice(0, slash), name: target.slice(slash + 1)});
    return (
      (words.length === 0 || matchers.some((matches) => matches(named))) &&
      (platforms.length === 0 || wanted.includes(platform))
    );
  };
}

/** A test for a word, which may be a group: one of its members names the target then. */
function wordMatcher(word: string, groups: Groups): (target: Named) => boolean {
  const words = new Set([word]);
  // Members that are added are visited too; a circle of groups ends, as no word comes twice.
  for (const one of words) {
    for (const member of Object.hasOwn(groups, one) ? (groups[one] ?? []) : []) words.add(member);
  }
  const matchers = [...words].map(nameMatcher);
  return (target) => matchers.some((matches) => matches(target));
}

/** The key in matrix.yml is not recorded: what is in it has a name that begins like it, mostly. */
function namedAs({image, name}: Pick<TargetRecord, 'image' | 'name'>): Named {
  return {image, name, key: name};
}

function inOrder(record: BuildRecord, targets: readonly TargetRecord[]): readonly TargetRecord[] {
  return record.targets.filter((target) => targets.includes(target));
}

function refused(message: string, remedy: string): Result<never, InvalidUsage> {
  return err({reason: 'invalid-usage', message, remedy});
}
