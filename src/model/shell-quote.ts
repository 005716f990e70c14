import {hasInvisible, replaceInvisible} from './invisible-text.ts';

/**
 * The argument as a shell reads it back: bare where nothing in it is special. What a terminal would
 * obey stands as octal bytes in `$'…'` (POSIX.1-2024 2.2.4; bash, zsh and ksh have had it for long).
 */
export function shellQuote(argument: string): string {
  if (/^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(argument)) return argument;
  if (hasInvisible(argument)) {
    const quoted = argument.replaceAll(/[\\']/g, '\\$&');
    return `$'${replaceInvisible(quoted, escaped)}'`;
  }
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

const shortEscapes: Readonly<Record<string, string>> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

function escaped(letter: string): string {
  const bytes = [...new TextEncoder().encode(letter)];
  const octal = bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return shortEscapes[letter] ?? octal;
}
