import type {SourceRange} from '../events/diagnostic.ts';
import type {TargetWarning} from '../events/event.ts';
import {cleanLine} from './log-lines.ts';
import type {VertexWarning} from './solve-status.ts';

export interface WarningReader {
  /** The warning as an event; nothing when the same one was read before (once for every platform). */
  read(warning: VertexWarning): readonly TargetWarning[];
}

/** `dockerfile` is the path as the user knows it: BuildKit knows the file's own name only. */
export function createWarningReader(context: {
  readonly target: string;
  readonly dockerfile: string;
  readonly now: () => number;
}): WarningReader {
  const seen = new Set<string>();
  return {
    read(warning) {
      const range = placeOf(warning, context.dockerfile);
      const short = decode(warning.short);
      const key = `${short}\n${String(range?.line)}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const detail = decode(warning.detail?.[0] ?? '');
      return [
        {
          type: 'target-warning',
          at: context.now(),
          target: context.target,
          diagnostic: {
            severity: 'warning',
            code: codeOf(warning.url),
            // BuildKit ends the text with the line, which the range tells better.
            message: range === undefined ? short : short.replace(/ \(line \d+\)$/u, ''),
            ...(range === undefined ? {} : {range}),
            ...(detail === '' ? {} : {suggestion: detail}),
          },
          ...(warning.url === '' ? {} : {url: warning.url}),
        },
      ];
    },
  };
}

/** `…/rule/json-args-recommended/` names the check; other warnings have no name. */
function codeOf(url: string): string {
  return /\/rule\/([a-z0-9-]+)\/?$/u.exec(url)?.[1] ?? 'build-warning';
}

/** BuildKit sends the Dockerfile along, so the very text that it read can be shown. */
function placeOf(warning: VertexWarning, file: string): SourceRange | undefined {
  const line = warning.range?.[0]?.start?.line ?? 0;
  const text = decodeText(warning.sourceInfo?.data ?? '').split('\n')[line - 1];
  return text === undefined ? undefined : lineRange(file, line, text);
}

/** The range of a whole line, without the blanks around its text. */
export function lineRange(file: string, line: number, text: string): SourceRange {
  const shown = cleanLine(text);
  const column = shown.length - shown.trimStart().length + 1;
  return {file, line, column, length: Math.max(1, shown.trim().length), text: shown};
}

function decode(base64: string): string {
  return cleanLine(decodeText(base64).split('\n', 1)[0] ?? '');
}

function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
