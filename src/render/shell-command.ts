import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import {shellQuote} from '../model/shell-quote.ts';

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
    const before = command.args[index - 1] ?? '';
    const isSubcommand = lines.length === 1;
    const isValue = before.startsWith('-') && !before.includes('=');
    const isContext = index === command.args.length - 1;
    const isWord = !argument.startsWith('-') && (isSubcommand || isValue);
    if (isWord && !isContext) lines.at(-1)?.push(shellQuote(argument));
    else lines.push([shellQuote(argument)]);
  });
  return lines.map((words, index) => {
    const indent = index === 0 ? '' : '  ';
    return indent + words.join(' ') + (index < lines.length - 1 ? ' \\' : '');
  });
}

function assignments(command: BuildxCommand): readonly string[] {
  return Object.entries(command.env).map(([name, value]) => `${name}=${shellQuote(value)}`);
}
