import {CommanderError, type Command} from 'commander';

import {useProxies} from '../adapters/proxies.ts';
import {systemClock} from '../adapters/system-clock.ts';
import type {CommandFailed} from '../events/event.ts';
import {exitCodeOfAll} from '../events/exit-code.ts';
import type {Failure} from '../events/failure.ts';
import {formatFailure} from '../render/failure-text.ts';
import {failureDiagnostics} from '../render/github-annotations.ts';
import type {CommandContext} from './context.ts';
import type {Flags} from './flags.ts';
import {openGithubConsole} from './github-console.ts';
import {progressOf} from './options.ts';
import {outliveReader} from './outlive-reader.ts';
import {createProgram} from './program.ts';
import {openOutput} from './terminal.ts';
import {usageFailure} from './usage-errors.ts';
import {toolVersion} from './version.ts';
import {workingFolder} from './working-folder.ts';

/**
 * Does what the arguments (without `node` and the script) say, reports what failed on standard
 * error, and resolves to the exit code.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  useProxies();
  const noColour = args.includes('--no-color');
  const err = openOutput(process.stderr, process.env, !noColour);
  const github = openGithubConsole(process.env, (text) => {
    err.print(text);
  });
  const context: CommandContext = {
    out: openOutput(process.stdout, process.env, !noColour),
    ...{err, github},
    environment: process.env,
    version: toolVersion(),
  };
  let failures: readonly Failure[] = [];
  const program = programOf(context, (found) => {
    failures = found;
  });
  let isFirst = true;
  const report = (failure: Failure): void => {
    if (hasJsonProgress(program, args, context)) {
      const line: CommandFailed = {type: 'failed', at: systemClock.now(), failure};
      context.err.print(JSON.stringify(line));
    } else {
      github.guard();
      context.err.print((isFirst ? '' : '\n') + formatFailure(failure, context.err.style));
      github.annotate(failureDiagnostics(failure));
    }
    isFirst = false;
  };
  outliveReader(process.stdout, (message) => {
    report({reason: 'file-unusable', path: 'standard output', message});
  });
  // Of what cannot be printed to standard error only the exit code tells.
  outliveReader(process.stderr, () => undefined);

  process.on('uncaughtException', (error) => {
    report(unknownError(error));
    process.exit(exitCodeOfAll([unknownError(error)]));
  });

  try {
    await program.parseAsync(helpArguments(program, args), {from: 'user'});
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // Help was printed in place of a command: nothing is left to say.
      if (error.code === 'commander.help') return 2;
      failures = [usageFailure(error, helpCommand(program, args))];
    } else {
      failures = [unknownError(error)];
    }
  }
  failures.forEach(report);
  github.end();
  return exitCodeOfAll(failures);
}

/** Whether standard error gets lines of JSON and nothing else; as far as the arguments were read. */
function hasJsonProgress(
  program: Command,
  args: readonly string[],
  {environment, err}: CommandContext,
): boolean {
  const name = helpCommand(program, args).replace('build-matrix ', '');
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined || (name !== 'build' && name !== 'release')) return false;
  const progress = progressOf(command.opts<Flags>(), environment, err.isTerminal);
  return progress.ok && progress.value === 'json';
}

/** The program, whose commands hand what failed to `done`. Each is loaded only when it is run. */
function programOf(context: CommandContext, done: (failures: readonly Failure[]) => void): Command {
  const program: Command = createProgram(context.version, {
    async build(targets, flags) {
      // Asking docker takes a folder to do it in.
      const folder = workingFolder();
      if (!folder.ok) {
        done([folder.error]);
        return;
      }
      const {build} = await import('./commands/build.ts');
      done(await build(context, targets, flags));
    },
    async publish(records, flags) {
      const {publishRecords} = await import('./commands/publish.ts');
      done(await publishRecords(context, records, flags));
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
    async report(files, flags) {
      const {report} = await import('./commands/report.ts');
      done(await report(context, files, flags));
    },
    async githubMatrix(targets, flags) {
      const {printGithubMatrix} = await import('./commands/github-matrix.ts');
      done(await printGithubMatrix(context, targets, flags));
    },
    async sizes(targets, flags) {
      const {sizes} = await import('./commands/sizes.ts');
      done(await sizes(context, targets, flags));
    },
    async login(registries, flags) {
      const {login} = await import('./commands/login.ts');
      done(await login(context, registries, flags));
    },
    async release(version, flags) {
      const {release} = await import('./commands/release.ts');
      done(await release(context, version, flags));
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

/** `help NAME` of no command is read as the command NAME: commander would print all help instead. */
function helpArguments(program: Command, args: readonly string[]): string[] {
  const [first, name] = args;
  const isKnown = program.commands.some((command) => command.name() === name);
  const isNone = first === 'help' && name !== undefined && name !== 'help' && !isKnown;
  return isNone && !name.startsWith('-') ? [name] : [...args];
}

/** The command whose help would help: `build-matrix build`. */
function helpCommand(program: Command, args: readonly string[]): string {
  const first = args.find((argument) => !argument.startsWith('-'));
  const known = program.commands.some((command) => command.name() === first);
  return known && first !== undefined ? `build-matrix ${first}` : 'build-matrix';
}

/** A bug: everything that can be expected to fail is a `Failure` already. */
function unknownError(error: unknown): Failure {
  if (!(error instanceof Error)) return {reason: 'unknown-error', message: String(error)};
  const {message, stack} = error;
  return {reason: 'unknown-error', message, ...(stack === undefined ? {} : {stack})};
}
