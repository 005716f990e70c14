import type {Diagnostic} from '../events/diagnostic.ts';
import type {Failure} from '../events/failure.ts';
import {unreachable} from '../model/result.ts';
import {budgetDiagnostic} from '../sizes/budget-diagnostic.ts';
import {printableProse} from './printable.ts';
import {shortCause} from './short-cause.ts';

/** GitHub keeps this many errors, and as many warnings, of one step; more are not shown. */
export const mostAnnotations = 10;

/**
 * A workflow command of GitHub's runner: `::error file=Dockerfile,line=3::message`. Escaped as
 * actions/toolkit does (packages/core/src/command.ts): nothing in a value ends it or the command.
 */
export function workflowCommand(
  name: string,
  properties: Readonly<Record<string, string | number | undefined>> = {},
  message = '',
): string {
  const list = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : `${key}=${escapeProperty(String(value))}`,
  );
  return `::${name}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * A diagnostic as an annotation, which GitHub shows at its line in the files of a pull request.
 * @param pathOf gives a file's path from the root of the checkout
 */
export function annotation(
  {severity, code, message, range, suggestion}: Diagnostic,
  pathOf: (file: string) => string,
): string {
  const text = suggestion === undefined ? message : `${message}\n${suggestion}`;
  const place = range && {
    file: pathOf(range.file),
    line: range.line,
    endLine: range.line,
    col: range.column,
    endColumn: range.column + range.length,
  };
  return workflowCommand(severity, {...place, title: titleOf(code)}, lines(text));
}

/** `unknown-key` becomes `unknown key`. */
function titleOf(code: string): string {
  return `build-matrix: ${code.replaceAll('-', ' ')}`;
}

function lines(text: string): string {
  return text.split('\n').map(printableProse).join('\n');
}

/** A failure as what an annotation can show; nothing for what the reader has done on purpose. */
export function failureDiagnostics(failure: Failure): readonly Diagnostic[] {
  const error = (message: string, more: Partial<Diagnostic> = {}): readonly Diagnostic[] => [
    {severity: 'error', code: failure.reason, message, ...more},
  ];
  switch (failure.reason) {
    case 'invalid-matrix':
    case 'registry-unusable':
      return failure.diagnostics;
    case 'release-refused':
    case 'release-stopped':
      return failure.problems.flatMap((problem) => {
        const step = 'step' in problem ? `${problem.step}: ` : '';
        return error(`${failure.version}: ${step}${problem.message}`, {suggestion: problem.remedy});
      });
    case 'budget-exceeded':
      return [budgetDiagnostic(failure, 'error')];
    case 'build-failed': {
      const {target, platform, stage, message, range, hint, logTail} = failure;
      const place = [platform, stage && `stage ${stage}`].filter((part) => part !== undefined);
      const where = place.length === 0 ? '' : ` (${place.join(', ')})`;
      const last = logTail.slice(-3).join('\n');
      return error(
        [`${target} failed${where}: ${shortCause(message)}`, last]
          .filter((part) => part !== '')
          .join('\n'),
        {
          ...(range === undefined ? {} : {range}),
          ...(hint === undefined ? {} : {suggestion: hint}),
        },
      );
    }
    case 'measure-failed':
      return error(`${failure.target} was built, but could not be measured: ${failure.message}`, {
        suggestion: failure.remedy,
      });
    case 'publish-failed':
      return error(`${failure.of} was built, but not published: ${failure.message}`, {
        suggestion: failure.remedy,
      });
    case 'invalid-usage':
    case 'engine-unusable':
    case 'publish-refused':
      return error(failure.message, {suggestion: failure.remedy});
    case 'file-unusable':
      return error(`${failure.path}: ${failure.message}`);
    case 'unknown-error':
      return error(`this is a bug in build-matrix: ${failure.message}`);
    case 'interrupted':
      return [];
    default:
      return unreachable(failure);
  }
}
