import {formatDuration} from './duration-text.ts';
import type {TextStyle} from './text-style.ts';
import {padEnd, textWidth, truncate} from './text-width.ts';

export interface LinePart {
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  readonly name: string;
  /** Columns to fill the name up to, so that the details of neighbours stand below each other. */
  readonly nameWidth?: number;
  readonly detail?: string;
  /** Stands out among its neighbours. */
  readonly emphasis?: boolean;
  /** Steps back behind its neighbours. */
  readonly quiet?: boolean;
  readonly durationMs?: number | undefined;
  /** Stands where the time would. */
  readonly end?: string;
}

/** listr2 indents each level by this many columns, and keeps as many free at the right. */
export const indentation = 2;
/** Wider lines than this are hard to follow to the time at their end. */
const widest = 110;
/** Room for the longest time, `59m59s`, and a space before it. */
const timeWidth = 7;

/** One row of the live display: a sign, the name, what it does, and at the right how long. */
export function progressLine(
  part: LinePart,
  level: number,
  frame: number,
  {colours, glyphs, columns}: TextStyle,
): string {
  const width = Math.max(20, Math.min(columns, widest) - indentation * (level + 1));
  const end = part.end ?? (part.durationMs === undefined ? '' : formatDuration(part.durationMs));
  const signs = {
    waiting: colours.dim(glyphs.waiting),
    running: colours.cyan(glyphs.spinner[frame % glyphs.spinner.length] ?? ''),
    done: colours.green(glyphs.succeeded),
    failed: colours.red(glyphs.failed),
    stopped: colours.yellow(glyphs.stopped),
  };
  const sign = part.quiet === true ? colours.dim(signs[part.state]) : signs[part.state];

  const room = width - textWidth(signs[part.state]) - 1 - (end === '' ? 0 : timeWidth);
  const detail = part.detail ?? '';
  const padded = detail === '' ? part.name : padEnd(part.name, part.nameWidth ?? 0);
  const name = truncate(padded, room, glyphs.ellipsis);
  const left = room - textWidth(name) - 2;
  const shownDetail = left > 3 ? truncate(detail, left, glyphs.ellipsis) : '';

  const paintName = nameColour(part, colours);
  const text =
    paintName(name) + (shownDetail === '' ? '' : `  ${detailColour(part, colours)(shownDetail)}`);
  if (end === '') return `${sign} ${text}`.trimEnd();
  const gap = ' '.repeat(Math.max(1, width - 2 - textWidth(text) - textWidth(end)));
  return `${sign} ${text}${gap}${colours.dim(end)}`;
}

type Paint = (text: string) => string;

function nameColour(part: LinePart, colours: TextStyle['colours']): Paint {
  if (part.state === 'failed') return colours.red;
  if (part.quiet === true || part.state === 'waiting') return colours.dim;
  return part.emphasis === true ? colours.bold : String;
}

function detailColour(part: LinePart, colours: TextStyle['colours']): Paint {
  return part.state === 'failed' ? colours.red : colours.dim;
}
