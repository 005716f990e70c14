import {stripVTControlCharacters} from 'node:util';

/**
 * Columns that the text takes on a terminal: colours and combining marks take none, East Asian wide
 * characters and emoji take two. Follows Unicode's EastAsianWidth.txt by blocks, which is what
 * terminals do; the exact table is not worth its load time at every start.
 */
export function textWidth(text: string): number {
  const plain = text.includes('\u001b') ? stripVTControlCharacters(text) : text;
  if (/^[\u0020-\u007e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const character of plain) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x300) return code === 0xad ? 0 : 1;
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0;
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Blocks whose characters are Wide or Fullwidth. */
const wideRanges = [
  [0x1100, 0x115f], // Hangul Jamo
  [0x231a, 0x231b], // watch, hourglass
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e], // CJK radicals and punctuation
  [0x3041, 0x33ff], // kana, CJK symbols
  [0x3400, 0x4dbf], // CJK extension A
  [0x4e00, 0xa4cf], // CJK, Yi
  [0xa960, 0xa97f], // Hangul Jamo extended A
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff], // CJK compatibility
  [0xfe30, 0xfe6f], // CJK compatibility forms
  [0xff00, 0xff60], // fullwidth forms
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f], // pictographs, faces
  [0x1f680, 0x1f6ff], // transport
  [0x1f900, 0x1f9ff], // more pictographs
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd], // CJK extensions B and on
] as const;

/** The text, filled up with spaces to `width` columns; unchanged when it is wider. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Like `padEnd`, with the text at the right. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/**
 * The start of the text in at most `width` columns, ending in `ellipsis` where something is missing.
 * Only for text without colours: cut first, then paint.
 */
export function truncate(text: string, width: number, ellipsis: string): string {
  if (textWidth(text) <= width) return text;
  const room = width - textWidth(ellipsis);
  if (room <= 0) return ellipsis.slice(0, Math.max(0, width));
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > room) break;
    kept += character;
  }
  return kept.trimEnd() + ellipsis;
}

/**
 * Foreign text (a log line, a step) made harmless for a terminal: one line, without escape sequences
 * and control characters, tabs as spaces.
 */
export function cleanLine(text: string): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll(/[\t\n]/g, ' ')
      // What is left of C0, DEL, C1, and the marks that turn the direction of writing.
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .trimEnd()
  );
}
