import {maskCredentials} from './url-credentials.ts';

/** Why a value is not usable, before anyone knows in which file it stands. */
export interface Problem {
  /** A sentence without full stop that names the value: "unknown platform `linux/amd46`". */
  readonly message: string;
  /** What to do about it: "did you mean `linux/amd64`?". */
  readonly suggestion?: string;
}

const longestQuote = 60;

/** The value as a message shows it: in backquotes, and cut when it is long. */
export function quoted(text: string): string {
  // A password that is cut in two would not be known for one any more.
  const shown = maskCredentials(text);
  return `\`${shown.length > longestQuote ? `${shown.slice(0, longestQuote - 1)}…` : shown}\``;
}
