import {z} from 'zod';

import {quoted, type Problem} from '../model/problem.ts';
import {matrixFileSchema} from './matrix-file.ts';
import {
  unknownKey,
  wrongFormat,
  wrongType,
  wrongValue,
  type WordedProblem,
} from './schema-words.ts';

/** A problem of a value, or of its key, at a path from the root of the file. */
export interface SchemaProblem extends WordedProblem {
  readonly path: Path;
  /** True when the key is what is wrong, not its value. */
  readonly atKey: boolean;
}

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;
type Mismatch = z.core.$ZodIssueInvalidType | z.core.$ZodIssueInvalidValue | UnionIssue;

/** Everything that the schema has against `file`, in words for somebody who wrote the file by hand. */
export function schemaProblems(file: unknown): readonly SchemaProblem[] {
  const parsed = matrixFileSchema.safeParse(file, {error: factsInMessage});
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(issue, file, []));
}

/**
 * An issue does not tell which keys would have been right, nor what else is wrong with a number that
 * should be text, so its message is made to carry them.
 */
const factsInMessage: z.core.$ZodErrorMap = ({code, inst, input}) => {
  if (code === 'unrecognized_keys' && inst instanceof z.ZodObject) {
    return Object.keys(inst.shape).join(' ');
  }
  if (code !== 'invalid_type' || !(inst instanceof z.ZodString)) return undefined;
  if (typeof input !== 'number' && typeof input !== 'boolean') return undefined;
  const [issue] = inst.safeParse(String(input)).error?.issues ?? [];
  const suggestion = issue?.code === 'custom' ? ownWords(issue).suggestion : undefined;
  return suggestion === undefined ? undefined : `${asText}${suggestion}`;
};

/** Before what a number has to be besides text: quotes alone would be the next error. */
const asText = 'as text: ';

/** `parent` is the path that the issue's own path starts from. */
function explain(issue: Issue, file: unknown, parent: Path): readonly SchemaProblem[] {
  const path = [...parent, ...issue.path];
  const value = valueAt(file, path);
  const at = {path, atKey: false};
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        ...unknownKey(key, issue.message.split(' ')),
        path: [...path, key],
        atKey: true,
      }));
    case 'invalid_type':
      return [
        {
          ...wrongType([issue.expected], value, path),
          ...(issue.message.startsWith(asText)
            ? {suggestion: issue.message.slice(asText.length)}
            : {}),
          ...at,
        },
      ];
    case 'invalid_value':
      return [{...wrongValue(issue.values, value, path), ...at}];
    case 'invalid_union':
      return explainUnion(issue, file, path);
    case 'invalid_key':
      return issue.issues.map((inner) => ({...wrongName(inner, path), path, atKey: true}));
    case 'custom':
      return [{code: 'invalid-value', ...ownWords(issue), ...at}];
    case 'invalid_format':
      return [{...wrongFormat(value, issue.message, path), ...at}];
    case 'too_big':
    case 'too_small':
    case 'not_multiple_of':
    case 'invalid_element':
      return [{code: 'invalid-value', message: issue.message, ...at}];
  }
}

/**
 * Of a value that may have several shapes: when one of them has the right type, only what that one
 * says; when none has, all the types and values that would do.
 */
function explainUnion(issue: UnionIssue, file: unknown, path: Path): readonly SchemaProblem[] {
  const value = valueAt(file, path);
  const at = {path, atKey: false};
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue ? (issue.options ?? []) : [];
    return [{...wrongValue(options, value, path), ...at}];
  }
  const [best] = issue.errors
    .filter((errors) => !errors.some(isMismatch))
    .toSorted((a, b) => a.length - b.length);
  if (best) return best.flatMap((inner) => explain(inner, file, path));

  const mismatches = flatMismatches(issue);
  const types = mismatches.flatMap((inner) =>
    inner.code === 'invalid_type' ? [inner.expected] : [],
  );
  const values = mismatches.flatMap((inner) =>
    inner.code === 'invalid_value' ? inner.values : [],
  );
  if (values.length === 0) return [{...wrongType(types, value, path), ...at}];
  const all = types.includes('boolean') ? [...values, true, false] : values;
  return [{...wrongValue(all, value, path), ...at}];
}

/** True for an issue that says that this very value, and not one within it, is of another type. */
function isMismatch(issue: Issue): issue is Mismatch {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union')
    return issue.errors.every((errors) => errors.every(isMismatch));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function flatMismatches(issue: Mismatch): readonly Exclude<Mismatch, UnionIssue>[] {
  if (issue.code !== 'invalid_union') return [issue];
  return issue.errors.flat().filter(isMismatch).flatMap(flatMismatches);
}

function wrongName(issue: Issue, path: Path): WordedProblem {
  if (issue.code === 'custom') return {code: 'invalid-name', ...ownWords(issue)};
  const message = `invalid name ${quoted(String(path.at(-1)))}`;
  return {code: 'invalid-name', message, suggestion: issue.message};
}

/** The words of a check in text-schemas.ts. */
function ownWords(issue: z.core.$ZodIssueCustom): Problem {
  const suggestion: unknown = issue.params?.['suggestion'];
  return {message: issue.message, ...(typeof suggestion === 'string' ? {suggestion} : {})};
}

function valueAt(file: unknown, path: Path): unknown {
  return path.reduce(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    file,
  );
}
