import {didYouMean} from '../model/did-you-mean.ts';
import {quoted, type Problem} from '../model/problem.ts';

/** A problem with the stable name of its kind. */
export interface WordedProblem extends Problem {
  readonly code: string;
}

type Path = readonly PropertyKey[];
type Primitive = string | number | bigint | boolean | null | undefined | symbol;

/** Names that the same thing has in docker-bake files, compose files and docker's options. */
const foreignKeys: ReadonlyMap<string, string> = new Map([
  ['target', 'stage'],
  ['file', 'dockerfile'],
  ['path', 'context'],
  ['build-args', 'args'],
  ['buildArgs', 'args'],
  ['build_args', 'args'],
  ['arch', 'platforms'],
  ['inherits', 'extends'],
  ['cache-from', 'cache'],
  ['cache-to', 'cache'],
  ['cache_from', 'cache'],
  ['cache_to', 'cache'],
  ['extra-hosts', 'addHosts'],
  ['extra_hosts', 'addHosts'],
  ['no-cache-filter', 'noCacheStages'],
  ['entitlements', 'allow'],
  ['variable', 'vars'],
  ['variables', 'vars'],
  ['target-groups', 'groups'],
]);

/** A key that is none of `known`; the wrong spelling of one of them is what it mostly is. */
export function unknownKey(key: string, known: readonly string[]): WordedProblem {
  const foreign = foreignKeys.get(key);
  const suggestion =
    (foreign !== undefined && known.includes(foreign)
      ? `it is called \`${foreign}\` here`
      : undefined) ??
    didYouMean(key, known) ??
    placeOf(key, known) ??
    knownHere(known);
  return {code: 'unknown-key', message: `unknown key ${quoted(key)}`, suggestion};
}

function knownHere(known: readonly string[]): string {
  const shown = known.slice(0, 12).join(', ');
  return `known here: ${shown}${known.length > 12 ? ', … (docs/matrix-reference.md has all)' : ''}`;
}

/** What an image and the file say about all of their targets stands in `defaults`. */
function placeOf(key: string, known: readonly string[]): string | undefined {
  if (!known.includes('defaults') || !targetKeys.has(key)) return undefined;
  return 'it belongs to a target; write it under `defaults` to have it in all of them';
}

const targetKeys: ReadonlySet<string> = new Set([
  'dockerfile',
  'context',
  'stage',
  'platforms',
  'accelerator',
  'args',
  'labels',
  'secrets',
  'cache',
  'tags',
  'budget',
]);

/** A value of another type than those that `types` names in zod's words; undefined: it is missing. */
export function wrongType(types: readonly string[], value: unknown, path: Path): WordedProblem {
  if (value === undefined) return missing(path);
  const expected = [...new Set(types.filter((type) => type !== 'null').flatMap(typeWord))];
  const suggestion = remedy(expected, value);
  return {
    code: 'wrong-type',
    message: `${placeWord(path)} must be ${either(expected)}, found ${foundWord(value)}`,
    ...(suggestion === undefined ? {} : {suggestion}),
  };
}

/** A value that is none of `values`. */
export function wrongValue(
  values: readonly Primitive[],
  value: unknown,
  path: Path,
): WordedProblem {
  if (value === undefined) {
    return {
      ...missing(path),
      ...(values.length > 1 ? {suggestion: `give it ${choice(values)}`} : {}),
    };
  }
  if (path.length === 1 && path[0] === 'version' && value === '1') {
    const message = '`version` must be a number, found text `1`';
    return {code: 'wrong-type', message, suggestion: 'write it without quotes: `version: 1`'};
  }
  if (path.length === 1 && path[0] === 'version') {
    return {
      code: 'unknown-version',
      message: `unknown version ${quoted(text(value))} of the file format`,
      suggestion: 'this build-matrix reads `version: 1`; a newer file needs a newer build-matrix',
    };
  }
  if (typeof value !== 'string') {
    const message = `${placeWord(path)} must be ${choice(values)}, found ${foundWord(value)}`;
    return {code: 'wrong-type', message};
  }
  return {
    code: 'unknown-value',
    message: `unknown value ${quoted(value)} of ${placeWord(path)}`,
    suggestion: guess(value, values.map(String)) ?? `write ${choice(values)}`,
  };
}

/** Of a short word two letters are most of it: `tpu` is not `cpu` mistyped, but `cdua` is `cuda`. */
function guess(value: string, values: readonly string[]): string | undefined {
  return value.length > 3 ? didYouMean(value, values) : undefined;
}

/** Text that does not look as `format` says. */
export function wrongFormat(value: unknown, format: string, path: Path): WordedProblem {
  const message = `invalid value ${quoted(text(value))} of ${placeWord(path)}`;
  return {code: 'invalid-value', message, suggestion: format};
}

function missing(path: Path): WordedProblem {
  const parent = path.slice(0, -1).map(String).join('.');
  const suggestion = path.length === 1 ? startOf.get(String(path[0])) : undefined;
  return {
    code: 'missing-key',
    message: `${placeWord(path)} is missing${parent === '' ? '' : ` in \`${parent}\``}`,
    ...(suggestion === undefined ? {} : {suggestion}),
  };
}

const startOf: ReadonlyMap<string, string> = new Map([
  ['version', 'start the file with `version: 1`'],
  ['images', 'name at least one image: `images: {face-service: {targets: {cpu: {}}}}`'],
]);

/** What to write instead, where the value tells what was meant. */
function remedy(expected: readonly string[], value: unknown): string | undefined {
  if (value === null) return 'give it a value, or remove the key';
  if (expected.includes('text')) {
    if (typeof value === 'number' || typeof value === 'boolean') {
      return `write it in quotes: \`"${String(value)}"\``;
    }
    // `{version}` without quotes is a map with one empty key.
    const [entry, ...others] = typeof value === 'object' ? Object.entries(value) : [];
    if (entry?.[1] === null && others.length === 0)
      return `write it in quotes: \`"{${entry[0]}}"\``;
  }
  if (expected.includes('a list') && typeof value === 'string' && value.length < 40) {
    return `write \`[${/[,:{}[\]]/.test(value) ? `"${value}"` : value}]\``;
  }
  if (expected.includes('true') && typeof value === 'string') {
    if (/^(?:yes|on|true)$/i.test(value)) return 'write `true`';
    if (/^(?:no|off|false)$/i.test(value)) return 'write `false`';
  }
  return undefined;
}

const typeWords: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['array', 'a list'],
  ['object', 'a map'],
  ['record', 'a map'],
]);

const typeWord = (type: string): readonly string[] =>
  type === 'boolean' ? ['true', 'false'] : [typeWords.get(type) ?? type];

function foundWord(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `text ${quoted(value)}` : quoted(text(value));
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? foundWord(value) : JSON.stringify(value);
}

function placeWord(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last !== 'number') return quoted(String(last));
  const list = path.findLast((step) => typeof step !== 'number');
  return list === undefined ? 'an entry of the list' : `an entry of ${quoted(String(list))}`;
}

const choice = (values: readonly Primitive[]): string =>
  either(values.map((value) => `\`${String(value)}\``));

/** `a, b or c`. */
function either(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
