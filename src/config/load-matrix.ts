import type {Diagnostic} from '../events/diagnostic.ts';
import {checkRepository} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {LocatedProblem} from './located-problem.ts';
import {createDiagnosticMask} from './masked-diagnostic.ts';
import type {MatrixFile} from './matrix-file.ts';
import {createMatrixSource, type MatrixSource} from './matrix-source.ts';
import {parseYaml} from './parse-yaml.ts';
import {schemaProblems, type SchemaProblem} from './schema-problems.ts';
import {decodeText} from './decode-text.ts';
import {isTree, validPart, type ValidPart} from './valid-part.ts';
import {pathAt, yamlValue} from './yaml-value.ts';

/** matrix.yml as written, and where everything in it stands. */
export interface LoadedMatrix {
  readonly matrix: MatrixFile;
  readonly source: MatrixSource;
}

/** What is wrong with a matrix.yml, and what is left of it for the checks that come after. */
export interface InvalidMatrixFile {
  readonly diagnostics: readonly Diagnostic[];
  /** Null when nothing can be said about the rest: a syntax error, or one that concerns everything. */
  readonly rest: (ValidPart & {readonly source: MatrixSource}) | null;
}

/** More than anybody reads; a file that is no matrix.yml at all would have thousands. */
const mostDiagnostics = 100;

/**
 * Reads matrix.yml from the bytes of a file; `file` is its path as the user gave it. Fails with
 * everything that is wrong with it, in the order of the text: encoding, YAML syntax, duplicate and
 * unknown keys, types, values and names. Never throws, and takes at most two seconds, whatever the
 * bytes.
 */
export function loadMatrix(
  file: string,
  bytes: Uint8Array,
): Result<LoadedMatrix, InvalidMatrixFile> {
  const loaded = load(file, bytes);
  if (loaded.ok) return loaded;
  const {diagnostics, rest} = loaded.error;
  return err({diagnostics: diagnostics.map(createDiagnosticMask()), rest});
}

function load(file: string, bytes: Uint8Array): Result<LoadedMatrix, InvalidMatrixFile> {
  const decoded = decodeText(bytes);
  if (!decoded.ok) {
    const {text, problem} = decoded.error;
    return invalid([toDiagnostic(problem, createMatrixSource(file, text))]);
  }
  const text = decoded.value;
  const {document, problems, brokenFrom} = parseYaml(text);
  if (!document) {
    const source = createMatrixSource(file, text);
    return invalid(problems.map((problem) => toDiagnostic(problem, source)));
  }

  const {value, problems: valueProblems, aliases, complete} = yamlValue(document);
  const source = createMatrixSource(file, text, document, aliases);
  // What comes next at the same place follows from it: an alias that means nothing is no text either.
  const known = firstAtPlaces(
    [...problems, ...valueProblems].map((problem) => toDiagnostic(problem, source)),
  );
  const diagnostics = [...known.values()];
  let rest: InvalidMatrixFile['rest'] = null;
  if (complete) {
    const brokenLine = source.rangeOf([brokenFrom, brokenFrom + 1]).line;
    const trusted = (diagnostic: Diagnostic): boolean =>
      !known.has(placeOf(diagnostic)) &&
      (brokenFrom > text.length ||
        (!ofWholes.has(diagnostic.code) && (diagnostic.range?.line ?? 0) < brokenLine));
    const wrong = fileProblems(value);
    diagnostics.push(...wrong.map((problem) => located(problem, source)).filter(trusted));
    if (valueProblems.some(({code}) => code === 'duplicate-key')) {
      const first = yamlValue(document, 'first');
      const at = createMatrixSource(file, text, document, first.aliases, 'first');
      const hidden = fileProblems(first.value).map((problem) => located(problem, at));
      diagnostics.push(...hidden.filter(trusted));
    }
    // Below an alias a place may be part of several definitions.
    const isWhole = problems.length === 0 && (valueProblems.length === 0 || aliases.size === 0);
    if (isWhole && diagnostics.length <= mostDiagnostics && !wrong.some(concernsAll)) {
      const places = valueProblems.map(({span}) => pathAt(document, span[0]));
      const valid = validPart(value, [...places, ...wrong.map(({path}) => path)]);
      rest = valid && {...valid, source};
    }
  }
  if (diagnostics.length > 0) return err({diagnostics: inOrder(diagnostics), rest});
  return ok({matrix: value as MatrixFile, source});
}

const placeOf = ({range}: Diagnostic): string => `${range?.line ?? 0}:${range?.column ?? 0}`;

function firstAtPlaces(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, Diagnostic> {
  return new Map(diagnostics.toReversed().map((diagnostic) => [placeOf(diagnostic), diagnostic]));
}

/** Problems of a map or list as a whole, which may be right but for a syntax error further down. */
const ofWholes: ReadonlySet<string> = new Set(['missing-key', 'wrong-type', 'empty-file']);

function fileProblems(value: unknown): readonly SchemaProblem[] {
  if (value === null) {
    const message = 'the file is empty';
    const suggestion = 'start it with `version: 1` and `images:`';
    return [{code: 'empty-file', message, suggestion, path: [], atKey: false}];
  }
  const problems = schemaProblems(value);
  const places = new Set(problems.map(({path}) => JSON.stringify(path)));
  const names = repositoryProblems(value).filter(({path}) => !places.has(JSON.stringify(path)));
  const all = [...problems, ...names];
  // In a newer format everything else may be right.
  const version = all.find(concernsAll);
  return version ? [version] : all;
}

const concernsAll = ({code}: SchemaProblem): boolean => code === 'unknown-version';

function located(problem: SchemaProblem, source: MatrixSource): Diagnostic {
  const {code, message, suggestion, path, atKey} = problem;
  return {
    severity: 'error',
    code,
    message,
    ...(suggestion === undefined ? {} : {suggestion}),
    range: atKey ? source.locateKey(path) : source.locate(path),
  };
}

/** Without anything that is left of the file. */
const invalid = (diagnostics: readonly Diagnostic[]): Result<never, InvalidMatrixFile> =>
  err({diagnostics, rest: null});

/** An image without `repository` is stored under its key, which may be no repository name. */
function repositoryProblems(file: unknown): readonly SchemaProblem[] {
  const images = isTree(file) && isTree(file['images']) ? file['images'] : {};
  return Object.entries(images).flatMap(([key, image]) => {
    const isNamed = isTree(image) && image['repository'] !== undefined;
    const problem = isNamed ? undefined : checkRepository(key);
    if (!problem) return [];
    const suggestion = `rename the image, or give it a \`repository\`; ${problem.suggestion ?? ''}`;
    return [{...problem, code: 'invalid-name', suggestion, path: ['images', key], atKey: true}];
  });
}

function toDiagnostic(problem: LocatedProblem, source: MatrixSource): Diagnostic {
  const {code, message, suggestion, span, related} = problem;
  return {
    severity: 'error',
    code,
    message,
    range: source.rangeOf(span),
    ...(suggestion === undefined ? {} : {suggestion}),
    ...(related === undefined
      ? {}
      : {
          related: related.map((place) => ({
            message: place.message,
            range: source.rangeOf(place.span),
          })),
        }),
  };
}

/** In the order of the text, each remedy once at its place, and not more than anybody reads. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(
    diagnostics.map((diagnostic) => [
      `${placeOf(diagnostic)} ${diagnostic.suggestion ?? diagnostic.message}`,
      diagnostic,
    ]),
  );
  const sorted = [...unique.values()].sort(
    ({range: a}, {range: b}) =>
      (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0),
  );
  const rest = sorted.length - mostDiagnostics;
  if (rest <= 0) return sorted;
  return [
    ...sorted.slice(0, mostDiagnostics),
    {severity: 'error', code: 'too-many', message: `${String(rest)} more problems are not shown`},
  ];
}
