import type {Command} from 'commander';
import {expect, test} from 'vitest';

import {createProgram, type Actions} from '../../../src/cli/program.ts';

const commandsOf = (command: Command): readonly Command[] => [
  command,
  ...command.createHelp().visibleCommands(command).flatMap(commandsOf),
];
const commands = commandsOf(createProgram('0', {} as Actions)).filter(
  (one) => one.name() !== 'help',
);

test.each(commands.map((command) => [command.name(), command] as const))(
  'help of %s: sentences describe the command, notes its options',
  (_name, command) => {
    expect(command.description()).toMatch(/^[A-Z][^]*(?:\.|\n\n {2}.*)$/);
    const notes = [
      ...(command.parent === null ? [] : [command.summary()]),
      ...command.options.map(({description}) => description),
      ...command.registeredArguments.map(({description}) => description),
      command.createHelp().visibleOptions(command).at(-1)?.description,
    ];
    for (const note of notes) expect(note).toMatch(/^[a-z].*[^.\s]$/);
  },
);

test.each(commands.slice(1).map((command) => [command.name(), command] as const))(
  'every option of %s is in a group with a heading',
  (_name, command) => {
    const headings = command.options.map(({helpGroupHeading}) => helpGroupHeading);
    expect(headings).not.toContain(undefined);
  },
);
