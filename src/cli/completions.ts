import type {Command} from 'commander';

import {planFormats, progressModes, shells} from './flags.ts';

const choices: Readonly<Record<string, readonly string[]>> = {
  '--progress': progressModes,
  '--format': planFormats,
};
const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];

/** What only the file and docker know; each list is empty when it cannot be read. */
export interface CompletionSources {
  targets(file: string | undefined): Promise<readonly string[]>;
  registries(file: string | undefined): Promise<readonly string[]>;
  /** Beginnings of `--set`, such as `cpu.stage=`, that suit `start`. */
  settings(file: string | undefined, start: string): Promise<readonly string[]>;
  builders(): Promise<readonly string[]>;
  /** Ids of recorded runs, the latest first. */
  runs(file: string | undefined): Promise<readonly string[]>;
}

/**
 * What the last of `words` (the words behind `build-matrix`) can become: commands, options, values
 * of options, names of targets. Empty where a file name is asked for: the shell knows these.
 */
export async function completions(
  program: Command,
  words: readonly string[],
  sources: CompletionSources,
): Promise<readonly string[]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const starting = (candidates: readonly string[]): readonly string[] =>
    candidates.filter((candidate) => candidate.startsWith(last));

  let command = program;
  for (const word of before) {
    command = command.commands.find((each) => each.name() === word) ?? command;
  }
  const file = valueOf(before, ['-f', '--file']);
  const [, flag = '', written = ''] = /^(--[^=]+)=(.*)$/su.exec(last) ?? [];
  // A value stands behind its option, or behind `=` in the same word, which the shell wants whole.
  const option = flag === '' ? (before.at(-1) ?? '') : flag;
  const start = flag === '' ? last : written;
  const head = last.slice(0, last.length - start.length);
  const takesValue = command.options.some(
    (each) => each.required && (each.short === option || each.long === option),
  );
  if (takesValue) {
    const values = await valuesOf(option, start, file, sources);
    return starting(values.map((value) => head + value));
  }
  if (last.startsWith('-')) return starting(flagsOf(command));
  if (command.commands.length > 0) return starting(visibleCommands(command));
  if (command.name() === 'completion') return starting(shells);
  if (command.name() === 'login') return starting(await sources.registries(file));
  return takesTargets(command) ? starting(await sources.targets(file)) : [];
}

/** Values of an option, of which `start` is written already. */
async function valuesOf(
  option: string,
  start: string,
  file: string | undefined,
  sources: CompletionSources,
): Promise<readonly string[]> {
  switch (option) {
    case '--registry':
      return sources.registries(file);
    case '--builder':
      return sources.builders();
    case '--set':
      return sources.settings(file, start);
    case '--shard':
      return sources.targets(file);
    case '--record':
      return sources.runs(file);
    case '--against':
      return ['previous', ...(await sources.runs(file))];
    case '--platform': {
      const head = start.slice(0, start.lastIndexOf(',') + 1);
      return platforms.map((platform) => head + platform);
    }
    default:
      return choices[option] ?? [];
  }
}

function flagsOf(command: Command): readonly string[] {
  const own = command.options.flatMap((option) => (option.long ? [option.long] : []));
  return [...own, '--help'].toSorted();
}

function visibleCommands(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => each.name());
}

function takesTargets(command: Command): boolean {
  return command.registeredArguments.some((argument) => argument.name() === 'targets');
}

/** Value of the option among the words, as `--file X` or `--file=X`. */
function valueOf(words: readonly string[], flags: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    for (const flag of flags) {
      if (word === flag) return words[index + 1];
      if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
    }
  }
  return undefined;
}
