import type {Scalar} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {GitFacts} from '../ports/git.ts';

/** What the placeholders of one text stand for; an absent field has no meaning there. */
export interface PlaceholderValues {
  readonly version: string;
  readonly git: GitFacts | null;
  readonly vars: ReadonlyMap<string, Scalar>;
  readonly image?: string;
  readonly key?: string;
  readonly target?: string;
  readonly accelerator?: string;
  readonly matrix?: ReadonlyMap<string, Scalar>;
}

/** Why a text with placeholders cannot be expanded. */
export interface PlaceholderProblem {
  readonly code: 'unknown-placeholder' | 'missing-value' | 'stray-brace';
  /** The piece of the text that is meant. */
  readonly part: string;
  readonly message: string;
  readonly suggestion: string;
}

/**
 * `tag` makes branch, tag and version fit for an image tag: `+` of a version becomes `_`, any other
 * character that a tag cannot hold becomes `-`. `text` leaves every value as it is.
 */
export type PlaceholderUse = 'tag' | 'text';

const token = /\{\{|\}\}|\{[^{}]*\}|[{}]/g;

/**
 * Replaces `{name}` by its value; `{{` and `}}` stand for single braces. Values of `vars` are expanded
 * once, without `vars`; all others are inserted as they are.
 */
export function expandPlaceholders(
  text: string,
  values: PlaceholderValues,
  use: PlaceholderUse,
): Result<string, PlaceholderProblem> {
  if (!text.includes('{') && !text.includes('}')) return ok(text);
  let problem: PlaceholderProblem | undefined;
  const expanded = text.replace(token, (part) => {
    if (part === '{{' || part === '}}') return part.charAt(0);
    const value = part.length > 1 ? valueOf(part, values, use) : strayBrace(part);
    if (value.ok) return value.value;
    problem ??= value.error;
    return '';
  });
  return problem === undefined ? ok(expanded) : err(problem);
}

function strayBrace(part: string): Result<string, PlaceholderProblem> {
  const message = `a single \`${part}\` belongs to no placeholder`;
  const suggestion = `write \`${part}${part}\` for the character itself`;
  return err({code: 'stray-brace', part, message, suggestion});
}

const gitNames = ['git.sha', 'git.shortSha', 'git.branch', 'git.tag', 'git.date'];

function valueOf(
  part: string,
  values: PlaceholderValues,
  use: PlaceholderUse,
): Result<string, PlaceholderProblem> {
  const name = part.slice(1, -1).trim();
  const [scope, rest] = splitScope(name);
  if (gitNames.includes(name)) return gitValue(part, name, values.git, use);
  const variable = scope === 'vars' ? values.vars.get(rest) : undefined;
  if (variable !== undefined) return variableValue(part, String(variable), values, use);
  const value = scope === 'matrix' ? values.matrix?.get(rest) : plainValue(name, values, use);
  if (value !== undefined) return ok(String(value));
  const known = knownNames(values);
  const message = `unknown placeholder \`${part}\``;
  const suggestion =
    didYouMean(name, known) ?? `known here: ${known.map((one) => `{${one}}`).join(' ')}`;
  return err({code: 'unknown-placeholder', part, message, suggestion});
}

/** The value of a variable, in which no other variable can be named: they cannot go in circles. */
function variableValue(
  part: string,
  template: string,
  values: PlaceholderValues,
  use: PlaceholderUse,
): Result<string, PlaceholderProblem> {
  const expanded = expandPlaceholders(template, {...values, vars: new Map()}, use);
  if (expanded.ok) return expanded;
  const {message} = expanded.error;
  return err({...expanded.error, part, message: `in the value of ${part}: ${message}`});
}

function splitScope(name: string): readonly [string, string] {
  const dot = name.indexOf('.');
  return dot === -1 ? ['', name] : [name.slice(0, dot), name.slice(dot + 1)];
}

function plainValue(
  name: string,
  values: PlaceholderValues,
  use: PlaceholderUse,
): string | undefined {
  switch (name) {
    case 'version':
      return use === 'tag' ? tagFragment(values.version.replaceAll('+', '_')) : values.version;
    case 'image':
    case 'key':
    case 'target':
    case 'accelerator':
      return values[name];
    default:
      return undefined;
  }
}

function gitValue(
  part: string,
  name: string,
  git: GitFacts | null,
  use: PlaceholderUse,
): Result<string, PlaceholderProblem> {
  const missing = (message: string, suggestion: string): Result<string, PlaceholderProblem> =>
    err({code: 'missing-value', part, message: `${part} has no value: ${message}`, suggestion});
  if (git === null) {
    return missing(
      'there is no git commit here',
      'run inside a git checkout with a commit, or drop it',
    );
  }
  switch (name) {
    case 'git.sha':
      return ok(git.commit);
    case 'git.shortSha':
      return ok(git.commit.slice(0, 7));
    case 'git.date':
      return ok(git.committedAt.slice(0, 10));
    case 'git.branch':
      if (git.branch === null) return missing('no branch is checked out', 'check out a branch');
      return ok(use === 'tag' ? tagFragment(git.branch) : git.branch);
    default:
      if (git.tag === null) {
        return missing('the commit has no semver tag', 'tag the commit, or use {git.shortSha}');
      }
      return ok(use === 'tag' ? tagFragment(git.tag) : git.tag);
  }
}

/** Every character that a tag cannot hold becomes `-`. */
const tagFragment = (text: string): string => text.replace(/[^\w.-]/g, '-');

function knownNames(values: PlaceholderValues): readonly string[] {
  const plain = (['version', 'image', 'target', 'key', 'accelerator'] as const).filter(
    (name) => values[name] !== undefined,
  );
  return [
    ...plain,
    ...[...(values.matrix?.keys() ?? [])].map((name) => `matrix.${name}`),
    ...[...values.vars.keys()].map((name) => `vars.${name}`),
    ...gitNames,
  ];
}
