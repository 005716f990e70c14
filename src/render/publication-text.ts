import type {PublicationFinished, PublicationOutcome} from '../events/event.ts';
import {printable} from './printable.ts';
import type {TextStyle} from './text-style.ts';

const words = {
  published: 'published',
  unchanged: 'was right already:',
  failed: 'not published:',
  restored: 'put back:',
  'held-back': 'not published:',
} as const satisfies Record<PublicationOutcome, string>;

/** One line of a log: what became of which tags. */
export function publicationLine(
  {of, outcome, moves}: PublicationFinished,
  {colours, glyphs}: TextStyle,
): string {
  const references = moves.map(({reference}) => printable(reference)).join(', ');
  const text = `${words[outcome]} ${references === '' ? printable(of) : references}`;
  if (outcome === 'failed') return colours.red(`${glyphs.failed} ${text}`);
  if (outcome === 'restored' || outcome === 'held-back') {
    return colours.yellow(`${glyphs.stopped} ${text}`);
  }
  return `${colours.green(glyphs.succeeded)} ${text}`;
}
