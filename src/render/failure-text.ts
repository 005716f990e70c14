import type {BuildFailed, Failure} from '../events/failure.ts';
import {unreachable} from '../model/result.ts';
import {budgetDiagnostic} from '../sizes/budget-diagnostic.ts';
import {formatDiagnostic, formatDiagnostics} from './diagnostic-text.ts';
import {shortCause} from './short-cause.ts';
import type {Colours, TextStyle} from './text-style.ts';
import {cleanLine} from './text-width.ts';

/**
 * What a reader sees of a failure: what is wrong, where, and what to do about it. Several lines,
 * without a line break at the end. Only a bug in build-matrix shows a stack.
 */
export function formatFailure(failure: Failure, style: TextStyle): string {
  const {colours} = style;
  switch (failure.reason) {
    case 'invalid-matrix':
    case 'registry-unusable':
      return formatDiagnostics(failure.diagnostics, colours, style.columns);
    case 'invalid-usage':
    case 'engine-unusable':
      return errorText(failure.message, [['help', failure.remedy]], style);
    case 'build-failed':
      return buildFailedText(failure, style);
    case 'measure-failed':
      return errorText(
        `${failure.target} was built, but could not be measured: ${failure.message}`,
        [['help', failure.remedy]],
        style,
      );
    case 'publish-refused':
      return errorText(
        `nothing was published: ${failure.message}`,
        [['help', failure.remedy]],
        style,
      );
    case 'publish-failed':
      return errorText(
        `${failure.of} was built, but not published: ${failure.message}`,
        [['help', failure.remedy]],
        style,
      );
    case 'budget-exceeded':
      return formatDiagnostic(budgetDiagnostic(failure, 'error'), colours, style.columns);
    case 'release-refused':
      return [
        headline(`version ${failure.version} is not released, nothing was changed`, colours),
        ...failure.problems.flatMap((problem) => problemLines(problem, colours)),
      ].join('\n');
    case 'release-stopped':
      return [
        headline(
          `the release of ${failure.version} stopped after ${failure.done} of ${failure.of} steps`,
          colours,
        ),
        ...failure.problems.flatMap(({step, message, remedy}) =>
          problemLines({message: `${step}: ${message}`, remedy}, colours),
        ),
        ...noteLines([['note', 'run the same command again: it goes on from there']], colours),
      ].join('\n');
    case 'file-unusable':
      return errorText(`${failure.path}: ${failure.message}`, [], style);
    case 'interrupted':
      return colours.yellow(`stopped by ${failure.signal}`);
    case 'unknown-error':
      return errorText(
        `this is a bug in build-matrix: ${failure.message}`,
        [['help', 'please report it, with the lines below and your matrix.yml']],
        style,
        failure.stack === undefined ? [] : ['', ...failure.stack.split('\n')],
      );
    default:
      return unreachable(failure);
  }
}

function problemLines(
  {message, remedy}: {readonly message: string; readonly remedy: string},
  colours: Colours,
): readonly string[] {
  const help = noteLines([['help', remedy]], colours).map((line) => `    ${line}`);
  return [`  - ${cleanLine(message)}`, ...help];
}

type Note = readonly [label: string, text: string | undefined];

function errorText(
  message: string,
  notes: readonly Note[],
  {colours}: TextStyle,
  more: readonly string[] = [],
): string {
  return [headline(message, colours), ...noteLines(notes, colours), ...more].join('\n');
}

function headline(message: string, colours: Colours): string {
  return `${colours.red(colours.bold('error:'))} ${colours.bold(cleanLine(message))}`;
}

/** `help: …`, its further lines below the first; nothing for what is not known. */
function noteLines(notes: readonly Note[], colours: Colours): readonly string[] {
  return notes.flatMap(([label, text = '']) => {
    const margin = ' '.repeat(label.length + 2);
    return text.split('\n').flatMap((line, index) => {
      if (text === '') return [];
      return index === 0
        ? `${colours.green(`${label}:`)} ${cleanLine(line)}`
        : `${margin}${cleanLine(line)}`;
    });
  });
}

function buildFailedText(failure: BuildFailed, style: TextStyle): string {
  const {colours} = style;
  const stage = failure.stage === undefined ? undefined : `stage ${failure.stage}`;
  const place = [failure.platform, stage].filter((part) => part !== undefined).join(', ');
  const lines = [
    headline(`${failure.target} failed${place === '' ? '' : ` (${place})`}`, colours),
    `  ${failure.range === undefined ? cleanLine(failure.message) : shortCause(failure.message)}`,
    ...sourceLines(failure, colours),
  ];
  if (failure.logTail.length > 0) {
    lines.push(`${colours.cyan('note:')} the last lines it printed`);
    lines.push(
      ...failure.logTail.map((line) => `  ${colours.dim('|')} ${cleanLine(line)}`.trimEnd()),
    );
  }
  const notes = [
    ['help', failure.hint],
    ['log', failure.logFile],
  ] as const;
  return [...lines, ...noteLines(notes, colours)].join('\n');
}

/** `--> Dockerfile:12`, and the lines around it with the failing ones marked. */
function sourceLines(failure: BuildFailed, colours: Colours): readonly string[] {
  const {range, step, excerpt = []} = failure;
  if (range === undefined) return step === undefined ? [] : [`  in ${cleanLine(step)}`];
  const shown = excerpt.length > 0 ? excerpt : [{line: range.line, text: range.text, failed: true}];
  const gutter = Math.max(...shown.map(({line}) => String(line).length));
  return [
    `${' '.repeat(gutter)}${colours.dim('-->')} ${range.file}:${String(range.line)}`,
    ...shown.map(({line, text, failed}) => {
      const number = colours.dim(`${String(line).padStart(gutter)} |`);
      const mark = failed ? colours.red('>') : ' ';
      return `${number} ${mark} ${failed ? colours.red(cleanLine(text)) : cleanLine(text)}`.trimEnd();
    }),
  ];
}
