import type {MatrixFile} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {nameMatcher, namesOf, type Named} from './name-matcher.ts';

/** Answers which targets a word means: a group first, as in bake, then names and globs. */
export interface Selection<T extends Named> {
  /** Every target, in the order of the file. */
  readonly all: readonly T[];
  /** The targets of all words, in the order of the file; fails for a word that means nothing. */
  select(words: readonly string[]): Result<readonly T[], Problem>;
  /** The group `default`, or else everything. */
  usual(): readonly T[];
}

/** Prepares selection; unknown members and circles of groups are reported. */
export function createSelection<T extends Named>(
  targets: readonly T[],
  groups: MatrixFile['groups'],
  findings: Findings,
): Selection<T> {
  const byName = new Map<string, T[]>();
  for (const target of targets) {
    for (const name of namesOf(target)) {
      const named = byName.get(name);
      if (named === undefined) byName.set(name, [target]);
      else named.push(target);
    }
  }
  const matching = (word: string): readonly T[] =>
    byName.get(word) ?? targets.filter(nameMatcher(word));
  const members = new Map<string, ReadonlySet<T>>();
  const groupNames = Object.keys(groups ?? {});
  const suggest = (word: string): string =>
    didYouMean(word, [...groupNames, ...byName.keys()]) ??
    '`build-matrix list` shows what there is';

  const resolveGroup = (name: string, open: readonly string[]): ReadonlySet<T> => {
    const known = members.get(name);
    if (known !== undefined) return known;
    const result = new Set<T>();
    for (const [index, word] of (groups?.[name] ?? []).entries()) {
      const path = ['groups', name, index];
      for (const target of memberTargets(word, path, [...open, name])) result.add(target);
    }
    members.set(name, result);
    return result;
  };
  const memberTargets = (word: string, path: MatrixPath, open: readonly string[]): Iterable<T> => {
    if (open.includes(word)) {
      const cycle = [...open.slice(open.indexOf(word)), word].join(' -> ');
      findings.error('group-cycle', {path, message: `groups go round in a circle: ${cycle}`});
      return [];
    }
    if (groupNames.includes(word)) return resolveGroup(word, open);
    const found = matching(word);
    if (found.length === 0) {
      const message = `no target, image or group is called \`${word}\``;
      findings.error('unknown-target', {path, message, suggestion: suggest(word)});
    }
    return found;
  };
  for (const name of groupNames) resolveGroup(name, []);

  return {
    all: targets,
    select(words) {
      const chosen = new Set<T>();
      for (const word of words) {
        const found = members.get(word) ?? matching(word);
        if (!groupNames.includes(word) && [...found].length === 0) {
          const message = `no target, image or group is called \`${word}\``;
          return err({message, suggestion: suggest(word)});
        }
        for (const target of found) chosen.add(target);
      }
      return ok(targets.filter((target) => chosen.has(target)));
    },
    usual() {
      const group = members.get('default');
      return group === undefined ? targets : targets.filter((target) => group.has(target));
    },
  };
}
