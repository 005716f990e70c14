/** Control characters, line breaks and marks that turn the direction of writing. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** True when a terminal would obey a part of the text instead of showing it. */
export const hasInvisible = (text: string): boolean => text.search(invisible) >= 0;

/** The text with everything that is `invisible` replaced. */
export function replaceInvisible(text: string, by: (letter: string) => string): string {
  return text.replaceAll(invisible, by);
}
