import {replaceInvisible} from '../model/invisible-text.ts';

/**
 * Text of a user's file made harmless for a terminal, and visible: tabs as four spaces, what is
 * `invisible` as its escapes.
 */
export function printable(text: string): string {
  return replaceInvisible(
    text.replaceAll('\t', '    '),
    (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same of prose, whose line breaks are only spaces. */
export function printableProse(text: string): string {
  return printable(text.trim().replaceAll(/\s+/g, ' '));
}
