import {printable} from './printable.ts';
import {padEnd, padStart, textWidth, truncate} from './text-width.ts';
import type {TextStyle} from './text-style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut when the terminal is too narrow, lowest number first; absent: never. */
  readonly shrinkOrder?: number;
  /** On a narrow terminal columns are left out, highest number first; absent: never. */
  readonly dropOrder?: number;
}

/** A cell: plain text, whatever is in it, and how to paint it once it has been cut and padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const gap = 2;
/** A column is dropped rather than that a shrinking one gets narrower than this, … */
const readable = 24;
/** … and this is as narrow as it gets when nothing is left to drop. */
const narrowest = 12;

/**
 * Lines of a table with aligned columns, the titles dimmed above, never wider than the terminal as
 * long as dropping and shrinking columns can achieve that.
 */
export function textTable(
  columns: readonly Column[],
  cells: readonly (readonly Cell[])[],
  style: TextStyle,
): readonly string[] {
  const rows = cells.map((row) => row.map((cell) => ({...cell, text: printable(cell.text)})));
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index]?.text ?? ''))),
  );
  // A column in which nothing stands is noise.
  const filled = columns.map((_, index) => rows.some((row) => (row[index]?.text ?? '') !== ''));
  const kept = fit(columns, widths, filled, style.columns);

  const line = (cells: readonly Cell[]): string =>
    kept
      .map((index, place) => {
        const width = widths[index] ?? 0;
        const cell = cells[index] ?? {text: ''};
        const text = truncate(cell.text, width, style.glyphs.ellipsis);
        const painted = cell.paint?.(text) ?? text;
        if (columns[index]?.align === 'right') return padStart(painted, width);
        return place === kept.length - 1 ? painted : padEnd(painted, width);
      })
      .join(' '.repeat(gap))
      .trimEnd();

  const titles = columns.map((column) => ({text: column.title, paint: style.colours.dim}));
  return [line(titles), ...rows.map(line)];
}

/** Indexes of the columns to show; shrinks `widths` where that is needed. */
function fit(
  columns: readonly Column[],
  widths: number[],
  filled: readonly boolean[],
  room: number,
): readonly number[] {
  let kept = columns.map((_, index) => index).filter((index) => filled[index] === true);
  const total = (widthOf: (index: number) => number): number =>
    kept.reduce((sum, index) => sum + widthOf(index), gap * (kept.length - 1));
  const width = (index: number): number => widths[index] ?? 0;
  const shrunk = (index: number): number =>
    columns[index]?.shrinkOrder === undefined ? width(index) : Math.min(width(index), readable);

  const byDropOrder = kept
    .filter((index) => columns[index]?.dropOrder !== undefined)
    .sort((a, b) => (columns[b]?.dropOrder ?? 0) - (columns[a]?.dropOrder ?? 0));
  for (const index of byDropOrder) {
    if (total(shrunk) <= room) break;
    kept = kept.filter((each) => each !== index);
  }

  const byShrinkOrder = kept
    .filter((index) => columns[index]?.shrinkOrder !== undefined)
    .sort((a, b) => (columns[a]?.shrinkOrder ?? 0) - (columns[b]?.shrinkOrder ?? 0));
  for (const least of [readable, narrowest]) {
    for (const index of byShrinkOrder) {
      const excess = total(width) - room;
      if (excess > 0)
        widths[index] = Math.min(width(index), Math.max(least, width(index) - excess));
    }
  }
  return kept;
}
