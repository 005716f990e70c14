/** Control characters, line breaks and marks that turn the direction of writing. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** True when a terminal would obey a part of the text instead of showing it. */
export const hasInvisible = (text: string): boolean => text.search(invisible) >= 0;

/** The text with everything that is `invisible` replaced. */
export function replaceInvisible(text: string, by: (letter: string) => string): string {
  return text.replaceAll(invisible, by);
}

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
