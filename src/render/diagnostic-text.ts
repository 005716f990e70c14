import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import type {Colours} from './text-style.ts';
import {printable} from './printable.ts';
import {textWidth, truncate} from './text-width.ts';

/**
 * A diagnostic as people read it: the message, `--> file:line:column`, the source line with a caret
 * below what is meant, other places that explain it, and what to do. A source line longer than
 * `columns` is cut around the caret. There is no line break at the end.
 */
export function formatDiagnostic(diagnostic: Diagnostic, colours: Colours, columns = 100): string {
  const {severity, message, range, suggestion, related = []} = diagnostic;
  const paint = severity === 'error' ? colours.red : colours.yellow;
  const lineNumbers = [range, ...related.map((place) => place.range)].map(
    (place) => place?.line ?? 0,
  );
  const gutter = String(Math.max(...lineNumbers)).length;

  const lines = [`${paint(colours.bold(`${severity}:`))} ${colours.bold(printable(message))}`];
  if (range) lines.push(...sourceLines(range, gutter, paint, colours, columns));
  for (const place of related) {
    lines.push(`${colours.cyan('note:')} ${printable(place.message)}`);
    lines.push(...sourceLines(place.range, gutter, colours.cyan, colours, columns));
  }
  if (suggestion !== undefined) lines.push(`${colours.green('help:')} ${printable(suggestion)}`);
  return lines.join('\n');
}

/** All diagnostics with an empty line between them, and then how many there are. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  colours: Colours,
  columns = 100,
): string {
  const texts = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, colours, columns));
  return [...texts, countDiagnostics(diagnostics)].join('\n\n');
}

/** `3 errors, 1 warning`; empty when there are none. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({severity}) => severity === 'error').length;
  const counts = [
    [errors, 'error'],
    [diagnostics.length - errors, 'warning'],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${String(count)} ${noun}${count === 1 ? '' : 's'}`)
    .join(', ');
}

function sourceLines(
  range: SourceRange,
  gutter: number,
  paint: (text: string) => string,
  colours: Colours,
  columns: number,
): readonly string[] {
  const {before, marked, after} = excerpt(range, Math.max(20, columns - gutter - 3));
  const margin = ' '.repeat(gutter);
  const place = `${printable(range.file)}:${String(range.line)}:${String(range.column)}`;
  const number = String(range.line).padStart(gutter);
  const caret = ' '.repeat(textWidth(before)) + paint('^'.repeat(Math.max(1, textWidth(marked))));
  return [
    `${margin}${colours.dim('-->')} ${place}`,
    colours.dim(`${margin} |`),
    `${colours.dim(`${number} |`)} ${before}${marked}${after}`.trimEnd(),
    `${colours.dim(`${margin} |`)} ${caret}`,
  ];
}

/** The line in three parts: before what is marked, marked, and after it. */
interface Excerpt {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** The line made printable, and cut to `width` columns around what is marked. */
function excerpt({text, column, length}: SourceRange, width: number): Excerpt {
  const start = Math.min(column - 1, text.length);
  const end = Math.min(start + length, text.length);
  // A line may have megabytes, of which no more than this can be shown.
  const before = printable(text.slice(Math.max(0, start - 2 * width), start));
  const marked = printable(text.slice(start, Math.min(end, start + 2 * width)));
  const after = printable(text.slice(end, end + 2 * width));
  if (textWidth(before + marked + after) <= width) return {before, marked, after};

  const shortMarked = truncate(marked, Math.floor(width / 2), ellipsis);
  const room = width - textWidth(shortMarked);
  const wanted = Math.max(Math.ceil(room / 2), room - textWidth(after));
  const shortBefore = truncateStart(before, wanted);
  const shortAfter = truncate(after, room - textWidth(shortBefore), ellipsis);
  return {before: shortBefore, marked: shortMarked, after: shortAfter};
}

const ellipsis = '...';

/** The end of the text in at most `width` columns, with an ellipsis before it where it is cut. */
function truncateStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  const letters = Array.from(new Intl.Segmenter().segment(text), ({segment}) => segment);
  for (const letter of letters.reverse()) {
    if (textWidth(ellipsis + letter + kept) > width) break;
    kept = letter + kept;
  }
  return ellipsis + kept;
}
