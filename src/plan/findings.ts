import {createDiagnosticMask} from '../config/masked-diagnostic.ts';
import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import type {Problem} from '../model/problem.ts';

/** Keys and positions from the root of matrix.yml to one value. */
export type MatrixPath = readonly (string | number)[];

/** A value and where in matrix.yml it stands; null for a built-in value or one of `--set`. */
export interface Sourced<T> {
  readonly value: T;
  readonly path: MatrixPath | null;
}

export type Locate = (path: MatrixPath) => SourceRange | undefined;

export interface FindingDetails {
  readonly path: MatrixPath | null;
  readonly message: string;
  readonly suggestion?: string | undefined;
  /** The part of the value that is meant, underlined where it is found on the line. */
  readonly part?: string;
  /** Another place that explains this one, in matrix.yml or elsewhere. */
  readonly related?: RelatedPlace | undefined;
}

export type RelatedPlace = {readonly message: string} & (
  {readonly path: MatrixPath | null} | {readonly range: SourceRange}
);

/**
 * Collects what is wrong or doubtful, so that everything is reported at once. Credentials in URLs are
 * hidden here, wherever they come from.
 */
export interface Findings {
  error(code: string, details: FindingDetails): void;
  warning(code: string, details: FindingDetails): void;
  /** An error about the value at `path` that was found where no file is known. */
  problem(code: string, path: MatrixPath | null, problem: Problem): void;
  /** Adds what was found in another file, such as a Dockerfile. */
  add(diagnostics: readonly Diagnostic[]): void;
  hasErrors(): boolean;
  /** Each once, ordered by place; those without a place come first. */
  diagnostics(): readonly Diagnostic[];
}

/** An empty collection whose paths are located by `locate`. */
export function createFindings(locate: Locate): Findings {
  const found = new Map<string, Diagnostic>();
  const masked = createDiagnosticMask();
  const add = (diagnostics: readonly Diagnostic[]): void => {
    for (const diagnostic of diagnostics) found.set(identityOf(diagnostic), masked(diagnostic));
  };
  const place = (severity: Diagnostic['severity'], code: string, details: FindingDetails): void => {
    const {path, message, suggestion, part, related} = details;
    const range = path === null ? undefined : narrowed(locate(path), part);
    const relatedRange = related && rangeOf(related, locate);
    add([
      {
        ...{severity, code, message},
        ...(range === undefined ? {} : {range}),
        ...(suggestion === undefined ? {} : {suggestion}),
        ...(related === undefined || relatedRange === undefined
          ? {}
          : {related: [{message: related.message, range: relatedRange}]}),
      },
    ]);
  };
  return {
    error: (code, details) => {
      place('error', code, details);
    },
    warning: (code, details) => {
      place('warning', code, details);
    },
    problem: (code, path, problem) => {
      place('error', code, {path, ...problem});
    },
    add,
    hasErrors: () => [...found.values()].some((diagnostic) => diagnostic.severity === 'error'),
    diagnostics: () => [...found.values()].sort(byPlace),
  };
}

/** Without the lines, which follow from the places and may be long. */
function identityOf(diagnostic: Diagnostic): string {
  return JSON.stringify(diagnostic, (key, value: unknown) => (key === 'text' ? undefined : value));
}

function rangeOf(place: RelatedPlace, locate: Locate): SourceRange | undefined {
  if ('range' in place) return place.range;
  return place.path === null ? undefined : locate(place.path);
}

/** The range of `part` within the value, when the value's line holds it. */
function narrowed(
  range: SourceRange | undefined,
  part: string | undefined,
): SourceRange | undefined {
  if (range === undefined || part === undefined) return range;
  const at = range.text.indexOf(part, range.column - 1);
  return at === -1 ? range : {...range, column: at + 1, length: part.length};
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.range === undefined || b.range === undefined) {
    return Number(a.range !== undefined) - Number(b.range !== undefined);
  }
  const byFile = a.range.file < b.range.file ? -1 : Number(a.range.file > b.range.file);
  return byFile || a.range.line - b.range.line || a.range.column - b.range.column;
}
