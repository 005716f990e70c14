import {posix} from 'node:path';

import {err, ok, type Result} from '../model/result.ts';

/** One line of a `.dockerignore`. */
export interface IgnoreRule {
  /** True for `!pattern`, which takes a path back in. */
  readonly exception: boolean;
  /** Cleaned, without `!` and leading slash. */
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

/**
 * Which rules match a folder, by their position: what is below it needs not be asked again
 * (`MatchInfo` of moby/patternmatcher).
 */
export type RuleMatches = readonly boolean[];

export interface IgnoreRules {
  readonly rules: readonly IgnoreRule[];
}

export const noRules: IgnoreRules = {rules: []};

/**
 * The rules of a `.dockerignore`, as BuildKit reads them: moby/patternmatcher's `ignorefile.ReadAll`
 * and `New`. Fails with a sentence for a pattern that Go's regular expressions may read in another way
 * than we do: a wrong guess would hide a file that counts.
 */
export function parseIgnoreFile(text: string): Result<IgnoreRules, string> {
  const rules: IgnoreRule[] = [];
  for (const line of text.replace(/^\uFEFF/u, '').split('\n')) {
    const written = line.replace(/\r$/u, '');
    if (written.startsWith('#')) continue;
    const rule = parseRule(trimmed(written));
    if (!rule.ok) return rule;
    if (rule.value !== undefined) rules.push(rule.value);
  }
  return ok({rules});
}

/** Blanks of Go's `strings.TrimSpace`: those of JavaScript are others. */
const blank = '[\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]+';
const blanksAround = new RegExp(`^${blank}|${blank}$`, 'gu');

const trimmed = (text: string): string => text.replace(blanksAround, '');

function parseRule(line: string): Result<IgnoreRule | undefined, string> {
  if (line === '') return ok(undefined);
  const exception = line.startsWith('!');
  const written = exception ? trimmed(line.slice(1)) : line;
  if (written === '') return err('it has a line with nothing but `!`');
  const cleaned = clean(written);
  const pattern = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  // What is left of such a line is cleaned once more, where `!` may stand for an exception.
  if (!exception && pattern.startsWith('!'))
    return err(`the pattern \`${line}\` has a doubtful \`!\``);
  const matches = matcherOf(pattern);
  return matches === undefined
    ? err(`the pattern \`${line}\` cannot be read for sure`)
    : ok({exception, pattern, matches});
}

/** Go's `filepath.Clean`. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/u, '') : normal;
}

/**
 * `Pattern.compile` and `Pattern.match` of moby/patternmatcher. Undefined where its regular expression
 * would hold what Go and JavaScript read differently.
 */
function matcherOf(pattern: string): ((path: string) => boolean) | undefined {
  if (pattern === '**') return () => true;
  const plain = (text: string): boolean => !/[*?[\]\\]/u.test(text);
  if (plain(pattern)) return (path) => path === pattern;
  if (pattern.startsWith('**') && plain(pattern.slice(2))) {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  if (pattern.endsWith('**') && plain(pattern.slice(0, -2))) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  const source = expressionOf(pattern);
  if (source === undefined) return undefined;
  const expression = new RegExp(`^${source}$`, 'u');
  return (path) => expression.test(path);
}

/** Characters that patternmatcher hands on to Go's regexp as they are, where they mean something. */
const doubtful = /[|{}^]/u;

function expressionOf(pattern: string): string | undefined {
  // Code points, as Go's `?` means one of them.
  const characters = Array.from(pattern);
  let source = '';
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const next = characters[at + 1];
    if (character === '*' && next === '*') {
      at += 1;
      if (characters[at + 1] === '/') at += 1;
      source += at + 1 === characters.length ? '[^\\n]*' : '(?:[^\\n]*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\') {
      // Before a letter or digit, Go's regexp would make a class of it.
      if (next === undefined || /[\p{L}\p{N}_]/u.test(next)) return undefined;
      source += literal(next);
      at += 1;
    } else if (character === '[') {
      const set = /^\[(?<not>\^?)(?<items>[\p{L}\p{N}_.][\p{L}\p{N}_.-]*)\]/u.exec(
        characters.slice(at).join(''),
      );
      if (set?.groups === undefined) return undefined;
      const {not = '', items = ''} = set.groups;
      if (!isSet(items)) return undefined;
      source += `[${not}${items}]`;
      at += Array.from(set[0]).length - 1;
    } else if (doubtful.test(character) || character === ']') return undefined;
    else source += literal(character);
  }
  return source;
}

/** Single characters and ascending ranges: nothing that is an error, or read otherwise, in Go. */
const isSet = (items: string): boolean =>
  /^(?:[^-]-[^-]|[^-])+$/u.test(items) &&
  [...items.matchAll(/(?<from>[^-])-(?<to>[^-])/gu)].every(
    ({groups}) => (groups?.['from'] ?? '') <= (groups?.['to'] ?? ''),
  );

const literal = (character: string): string => character.replace(/[$()*+./?[\\\]^{|}]/u, '\\$&');

/**
 * Whether the rules leave `path` out (relative to the context, with slashes), given what they make of
 * its folder: `MatchesUsingParentResults` of moby/patternmatcher, by which BuildKit's client walks a
 * context. `parent` is undefined at the top.
 */
export function applyRules(
  {rules}: IgnoreRules,
  path: string,
  parent: RuleMatches | undefined,
): {readonly ignored: boolean; readonly matches: RuleMatches} {
  let ignored = false;
  const matches = rules.map((rule, position) => {
    const inherited = parent?.[position] === true;
    // A rule that could change nothing is not asked, and counts as not matching what is below.
    const match = inherited || (rule.exception === ignored && rule.matches(path));
    if (match) ignored = !rule.exception;
    return match;
  });
  return {ignored, matches};
}

/**
 * Whether something below an ignored folder may be taken back in: BuildKit's client does not look into
 * the folder otherwise (fsutil, filter.go).
 */
export function mayTakeBack({rules}: IgnoreRules, folder: string): boolean {
  const exceptions = rules.filter(({exception}) => exception).map(({pattern}) => bare(pattern));
  if (exceptions.some((pattern) => /[*[\]?^\\]/u.test(pattern))) return true;
  return exceptions.some((pattern) => `${pattern}/`.startsWith(`${folder}/`));
}

const bare = (pattern: string): string => pattern.replace(/\/\*\*$/u, '').replace(/\/\*$/u, '');
