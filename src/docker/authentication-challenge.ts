/** One challenge of a `WWW-Authenticate` header; the scheme is in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

// RFC 9110 section 11.6.1: challenges and parameters are both separated by commas; a word that is
// not followed by `=` begins a new challenge.
const token = String.raw`[\w!#$%&'*+.^\x60|~-]+`;
const piece = new RegExp(
  String.raw`\s*,?\s*(?:(${token})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))|(${token}))`,
  'uy',
);

/** All challenges of the header; what cannot be read ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: {scheme: string; parameters: Record<string, string>}[] = [];
  for (let match = piece.exec(header); match !== null; match = piece.exec(header)) {
    const [, name, quoted, bare, scheme] = match;
    const current = challenges.at(-1);
    if (scheme !== undefined) challenges.push({scheme: scheme.toLowerCase(), parameters: {}});
    else if (name !== undefined && current !== undefined)
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/gu, '$1') ?? bare ?? '';
  }
  return challenges;
}
