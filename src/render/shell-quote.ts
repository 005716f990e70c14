import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import {hasInvisible, replaceInvisible} from './printable.ts';

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

/** One line that does exactly what the planned command does when pasted into a shell. */
export function shellLine(command: BuildxCommand): string {
  return [...assignments(command), command.program, ...command.args.map(shellQuote)].join(' ');
}

/**
 * The same over several lines, joined by backslashes: the subcommand, then each flag with its value,
 * then the context.
 */
export function shellLines(command: BuildxCommand): readonly string[] {
  const lines: string[][] = [[...assignments(command), command.program]];
  command.args.forEach((argument, index) => {
    const isContext = index === command.args.length - 1;
    if (argument.startsWith('-') || isContext) lines.push([shellQuote(argument)]);
    else lines.at(-1)?.push(shellQuote(argument));
  });
  return lines.map((words, index) => {
    const indent = index === 0 ? '' : '  ';
    return indent + words.join(' ') + (index < lines.length - 1 ? ' \\' : '');
  });
}

function assignments(command: BuildxCommand): readonly string[] {
  return Object.entries(command.env).map(([name, value]) => `${name}=${shellQuote(value)}`);
}
