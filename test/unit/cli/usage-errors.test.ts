import {CommanderError} from 'commander';
import {describe, expect, it} from 'vitest';

import {createProgram, type Actions} from '../../../src/cli/program.ts';
import {usageFailure} from '../../../src/cli/usage-errors.ts';

function failureOf(...args: readonly string[]): readonly string[] {
  const program = createProgram('0.1.0', {} as Actions);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({outputError: () => undefined});
  }
  try {
    program.parse([...args], {from: 'user'});
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const {message, remedy} = usageFailure(error, 'build-matrix build');
    return [message, remedy];
  }
  throw new Error('no error');
}

describe('usageFailure', () => {
  it.each([
    [['bulid'], ["unknown command 'bulid'", 'did you mean build?']],
    [['zzzzzz'], ["unknown command 'zzzzzz'", 'see `build-matrix build --help`']],
    [
      ['build', '--pussh'],
      ["unknown option '--pussh'", 'did you mean --push?'],
    ],
    [
      ['build', '--zzzzzz'],
      ["unknown option '--zzzzzz'", 'see `build-matrix build --help`'],
    ],
    [
      ['build', '--push', '--load'],
      ["option '--push' cannot be used with option '--load'", 'see `build-matrix build --help`'],
    ],
    [
      ['build', '--concurrency', '0'],
      ["option '--concurrency <n>' argument '0' is invalid", 'it must be a whole number from 1'],
    ],
    [
      ['plan', '--platform', ' ,'],
      [
        "option '--platform <platform>' argument ' ,' is invalid",
        'name a platform, such as linux/arm64, or leave the option out',
      ],
    ],
    [
      ['build', '--platform', ''],
      [
        "option '--platform <platform>' argument '' is invalid",
        'name a platform, such as linux/arm64, or leave the option out',
      ],
    ],
    [
      ['build', '--progress', 'loud'],
      [
        "option '--progress <mode>' argument 'loud' is invalid",
        'allowed choices are auto, tty, plain, json, quiet',
      ],
    ],
    [
      ['build', '--file'],
      ["option '-f, --file <file>' argument missing", 'see `build-matrix build --help`'],
    ],
    [['completion'], ["missing required argument 'shell'", 'see `build-matrix build --help`']],
    [
      ['completion', 'csh'],
      ['`csh` is no shell that is known here', 'allowed choices are bash, zsh, fish'],
    ],
    [
      ['validate', 'cpu'],
      ["too many arguments for 'validate'", 'expected 0 arguments but got 1: cpu'],
    ],
  ])('of %j', (args, words) => {
    expect(failureOf(...args)).toEqual(words);
  });
});
