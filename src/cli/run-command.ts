import {CommanderError, type Command} from 'commander';

import {exitCodeOfAll} from '../events/exit-code.ts';
import type {Failure} from '../events/failure.ts';
import {formatFailure} from '../render/failure-text.ts';
import type {CommandContext} from './context.ts';
import {createProgram} from './program.ts';
import {openOutput} from './terminal.ts';
import {usageFailure} from './usage-errors.ts';
import {toolVersion} from './version.ts';

/**
 * Does what the arguments (without `node` and the script) say, reports what failed on standard
 * error, and resolves to the exit code.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const noColour = args.includes('--no-color');
  const context: CommandContext = {
    out: openOutput(process.stdout, process.env, !noColour),
    err: openOutput(process.stderr, process.env, !noColour),
    environment: process.env,
    version: toolVersion(),
  };
  outliveReader(process.stdout);
  outliveReader(process.stderr);

  process.on('uncaughtException', (error) => {
    context.err.print(formatFailure(unknownError(error), context.err.style));
    process.exit(exitCodeOfAll([unknownError(error)]));
  });

  let failures: readonly Failure[] = [];
  try {
    const program = programOf(context, (found) => {
      failures = found;
    });
    await program.parseAsync([...args], {from: 'user'});
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // Help was printed in place of a command: nothing is left to say.
      if (error.code === 'commander.help') return 2;
      failures = [usageFailure(error, helpCommand(args))];
    } else {
      failures = [unknownError(error)];
    }
  }
  for (const [index, failure] of failures.entries()) {
    context.err.print((index === 0 ? '' : '\n') + formatFailure(failure, context.err.style));
  }
  return exitCodeOfAll(failures);
}

/** The program, whose commands hand what failed to `done`. Each is loaded only when it is run. */
function programOf(context: CommandContext, done: (failures: readonly Failure[]) => void): Command {
  const program: Command = createProgram(context.version, {
    async build(targets, flags) {
      const {build} = await import('./commands/build.ts');
      done(await build(context, targets, flags));
    },
    async plan(targets, flags) {
      const {plan} = await import('./commands/plan.ts');
      done(await plan(context, targets, flags));
    },
    async list(targets, flags) {
      const {list} = await import('./commands/list.ts');
      done(await list(context, targets, flags));
    },
    async validate(flags) {
      const {validate} = await import('./commands/validate.ts');
      done(await validate(context, flags));
    },
    async importBake(file) {
      const {importBakeFile} = await import('./commands/import-bake.ts');
      done(await importBakeFile(context, file));
    },
    async completion(shell) {
      const {completion} = await import('./commands/completion.ts');
      done(completion(context, shell));
    },
    async complete(words) {
      const {complete} = await import('./commands/complete.ts');
      done(await complete(context, program, words));
    },
  });
  // Errors come as exceptions and are printed by us, in the words of all other errors.
  for (const command of [
    program,
    ...program.commands.flatMap((each) => [each, ...each.commands]),
  ]) {
    command.configureOutput({outputError: () => undefined});
  }
  return program;
}

/** The command whose help would help: `build-matrix build`. */
function helpCommand(args: readonly string[]): string {
  const known = ['build', 'plan', 'list', 'validate', 'import', 'completion'];
  const first = args.find((argument) => !argument.startsWith('-'));
  return first !== undefined && known.includes(first) ? `build-matrix ${first}` : 'build-matrix';
}

/**
 * A reader that went away (`build-matrix plan | head`, a terminal that was closed) is no error: what
 * runs goes on, or is stopped by the signal that comes with it, and its record is written.
 */
function outliveReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/** A bug: everything that can be expected to fail is a `Failure` already. */
function unknownError(error: unknown): Failure {
  if (!(error instanceof Error)) return {reason: 'unknown-error', message: String(error)};
  const {message, stack} = error;
  return {reason: 'unknown-error', message, ...(stack === undefined ? {} : {stack})};
}
