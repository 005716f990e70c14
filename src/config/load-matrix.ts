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
import {yamlValue} from './yaml-value.ts';

/** matrix.yml as written, and where everything in it stands. */
export interface LoadedMatrix {
  readonly matrix: MatrixFile;
  readonly source: MatrixSource;
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
): Result<LoadedMatrix, readonly Diagnostic[]> {
  const loaded = load(file, bytes);
  return loaded.ok ? loaded : err(loaded.error.map(createDiagnosticMask()));
}

function load(file: string, bytes: Uint8Array): Result<LoadedMatrix, readonly Diagnostic[]> {
  const decoded = decodeText(bytes);
  if (!decoded.ok) {
    const {text, problem} = decoded.error;
    return err([toDiagnostic(problem, createMatrixSource(file, text))]);
  }
  const text = decoded.value;
  const {document, problems, brokenFrom} = parseYaml(text);
  if (!document) {
    const source = createMatrixSource(file, text);
    return err(problems.map((problem) => toDiagnostic(problem, source)));
  }

  const {value, problems: valueProblems, aliases, complete} = yamlValue(document);
  const source = createMatrixSource(file, text, document, aliases);
  const diagnostics = [...problems, ...valueProblems].map((problem) =>
    toDiagnostic(problem, source),
  );
  if (complete) {
    const brokenLine = source.rangeOf([brokenFrom, brokenFrom + 1]).line;
    const trusted = (diagnostic: Diagnostic): boolean =>
      brokenFrom > text.length ||
      (!ofWholes.has(diagnostic.code) && (diagnostic.range?.line ?? 0) < brokenLine);
    diagnostics.push(...schemaDiagnostics(value, source).filter(trusted));
  }
  if (diagnostics.length > 0) return err(inOrder(diagnostics));
  return ok({matrix: value as MatrixFile, source});
}

/** Problems of a map or list as a whole, which may be right but for a syntax error further down. */
const ofWholes: ReadonlySet<string> = new Set(['missing-key', 'wrong-type', 'empty-file']);

function schemaDiagnostics(value: unknown, source: MatrixSource): readonly Diagnostic[] {
  if (value === null) {
    return [
      {
        severity: 'error',
        code: 'empty-file',
        message: 'the file is empty',
        suggestion: 'start it with `version: 1` and `images:`',
        range: source.locate([]),
      },
    ];
  }
  const problems = schemaProblems(value);
  const all = problems.length > 0 ? problems : repositoryProblems(value as MatrixFile);
  // In a newer format everything else may be right.
  const version = all.find(({code}) => code === 'unknown-version');
  return (version ? [version] : all).map((problem) => {
    const {code, message, suggestion, path, atKey} = problem;
    return {
      severity: 'error',
      code,
      message,
      ...(suggestion === undefined ? {} : {suggestion}),
      range: atKey ? source.locateKey(path) : source.locate(path),
    };
  });
}

/** An image without `repository` is stored under its key, which may be no repository name. */
function repositoryProblems(matrix: MatrixFile): readonly SchemaProblem[] {
  return Object.entries(matrix.images).flatMap(([key, image]) => {
    const problem = image.repository === undefined ? checkRepository(key) : undefined;
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
  const place = ({range}: Diagnostic): readonly [number, number] => [
    range?.line ?? 0,
    range?.column ?? 0,
  ];
  const unique = new Map(
    diagnostics.map((diagnostic) => [
      `${place(diagnostic).join(':')} ${diagnostic.suggestion ?? diagnostic.message}`,
      diagnostic,
    ]),
  );
  const sorted = [...unique.values()].sort((a, b) => {
    const [[aLine, aColumn], [bLine, bColumn]] = [place(a), place(b)];
    return aLine - bLine || aColumn - bColumn;
  });
  const rest = sorted.length - mostDiagnostics;
  if (rest <= 0) return sorted;
  return [
    ...sorted.slice(0, mostDiagnostics),
    {severity: 'error', code: 'too-many', message: `${String(rest)} more problems are not shown`},
  ];
}
