/** GitHub refuses texts of releases with more than 125,000 characters. */
export const longestNotes = 125_000;

const begin = '<!-- build-matrix:release:begin -->';
const end = '<!-- build-matrix:release:end -->';

/** Whether a text has our part. */
export function hasReleasePart(body: string): boolean {
  const from = body.indexOf(begin);
  return from >= 0 && body.includes(end, from);
}

/** Whether a text is our part, and nothing else. */
export function isReleasePart(body: string): boolean {
  const text = body.trim();
  return text.startsWith(begin) && text.indexOf(end) === text.length - end.length;
}

/**
 * The text of a release with our part in it: in place of an earlier one, or else below what others wrote,
 * of which nothing changes. When all is too long our part is cut, at the end of a line.
 */
export function withReleasePart(body: string, part: string): string {
  const from = body.indexOf(begin);
  const to = from < 0 ? -1 : body.indexOf(end, from);
  const before = to < 0 ? body.trimEnd() : body.slice(0, from).trimEnd();
  const after = to < 0 ? '' : body.slice(to + end.length).trimStart();
  const around = (text: string): string =>
    [before, `${begin}\n\n${text.trim()}\n\n${end}`, after]
      .filter((one) => one !== '')
      .join('\n\n');
  const whole = around(part);
  if (whole.length <= longestNotes) return whole;
  const cutNote =
    '\n\n_The rest is left out: GitHub takes no longer texts. The files below have it all._';
  const room = Math.max(0, longestNotes - around('').length - cutNote.length);
  const cut = part.trim().slice(0, room);
  return around(`${cut.slice(0, Math.max(0, cut.lastIndexOf('\n')))}${cutNote}`);
}
