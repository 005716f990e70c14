import {Argument, Command, Option, type Help} from 'commander';

import {planFormats, progressModes, shells, type Flags, type Shell} from './flags.ts';
import {addGithubCommands, type GithubActions} from './github-commands.ts';
import {addLogin, addPublish, addRelease, type RegistryActions} from './registry-commands.ts';
import {addSizes, type SizesActions} from './sizes-command.ts';
import {
  addColourOption,
  addMatrixOptions,
  addResultOptions,
  positiveInteger,
  unpackedHelp,
  shardOption,
  targetsHelp,
} from './shared-options.ts';

/** What each command does; handed in, so that the definitions can be read without doing anything. */
export interface Actions extends GithubActions, RegistryActions, SizesActions {
  validate(flags: Flags): Promise<void>;
  plan(targets: readonly string[], flags: Flags): Promise<void>;
  build(targets: readonly string[], flags: Flags): Promise<void>;
  list(targets: readonly string[], flags: Flags): Promise<void>;
  importBake(file: string, flags: Flags): Promise<void>;
  completion(shell: Shell): Promise<void>;
  /** Hidden: prints completions of the last word, one a line. */
  complete(words: readonly string[]): Promise<void>;
}

/** The whole command line: commands, arguments and options. docs/cli-reference.md comes from here. */
export function createProgram(version: string, actions: Actions): Command {
  const program = new Command('build-matrix')
    .description('Build one service as CPU, CUDA and Jetson images from one matrix.yml.')
    .usage('COMMAND [OPTIONS]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help of a command')
    .addHelpText('after', afterHelp)
    .configureHelp(helpStyle)
    .exitOverride()
    .enablePositionalOptions();
  addBuild(program, actions);
  addPublish(program, actions);
  addPlan(program, actions);
  addList(program, actions);
  addValidate(program, actions);
  addSizes(program, actions);
  addLogin(program, actions);
  addRelease(program, actions);
  addGithubCommands(program, actions);
  addImport(program, actions);
  addCompletion(program, actions);
  return program;
}

const afterHelp = `
Examples:
  build-matrix build                    build everything, into .build-matrix/images
  build-matrix build cuda --push        build and push the target cuda
  build-matrix plan --platform arm64    print the commands for arm64 alone

Exit codes:
  0 done   1 a build failed   2 bad usage or matrix.yml   3 engine or registry not usable
  4 image over budget   5 release refused or stopped   70 bug in build-matrix
  130 stopped by Ctrl-C   143 terminated`;

const helpStyle: Partial<Help> = {
  // Wrapped here whatever the terminal, so that it is the same everywhere.
  helpWidth: 90,
  subcommandTerm: (command) => command.name(),
  optionDescription: (option) =>
    option.description + notes(option.envVar === undefined ? [] : [`env: ${option.envVar}`]),
  argumentDescription: (argument) => argument.description,
};

function notes(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function addBuild(program: Command, actions: Actions): void {
  const build = program
    .command('build')
    .summary('build targets, and push, load or save the images')
    .description(
      'Build targets with `docker buildx build`, all platforms of a target at once, and as many targets side by side as --concurrency allows. Without --push or --load each image becomes an OCI layout in .build-matrix/images. Standard output gets the result, standard error the progress.',
    )
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', targetsHelp);
  addMatrixOptions(build);
  addResultOptions(build);
  build
    .optionsGroup('Run:')
    .option('--force', 'build everything, also what is unchanged')
    .addOption(
      new Option('--concurrency <n>', 'most targets that build at once (default: 8)').argParser(
        positiveInteger,
      ),
    )
    .addOption(
      new Option('--fail-fast', 'stop everything when one target fails').conflicts('keepGoing'),
    )
    .option('--keep-going', 'finish what does not need a failed target (default)')
    .option('--unpacked', unpackedHelp)
    .optionsGroup('Several machines:')
    .addOption(shardOption())
    .option('--record-file <file>', 'write the record of the run to this file as well')
    .optionsGroup('Budgets:')
    .option(
      '--against <earlier>',
      'what `growth` is held against: `previous`, file or id of a run, image tag, digest or reference, or git revision (default: the last release built here)',
    )
    .option('--warn-only', 'only warn when an image exceeds its budget')
    .optionsGroup('Display:')
    .addOption(
      new Option(
        '--progress <mode>',
        'auto (default), tty, plain, json (a line for each event) or quiet; also by BUILDKIT_PROGRESS',
      ).choices(progressModes),
    )
    .option('--json', 'print the record of the run as JSON instead of the table')
    .addOption(new Option('-q, --quiet', 'print errors only').conflicts('verbose'))
    .option('-v, --verbose', 'print commands, and all that steps print');
  addColourOption(build);
  build.action((targets: string[], flags: Flags) => actions.build(targets, flags));
}

function addPlan(program: Command, actions: Actions): void {
  const plan = program
    .command('plan')
    .summary('print what build would do: the exact commands')
    .description(
      'Print what `build` with the same targets and options runs, without running it: for each target what it is made of, whether it has to be built and why, and the exact command.',
    )
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', targetsHelp);
  addMatrixOptions(plan);
  addResultOptions(plan);
  plan.optionsGroup('Several machines:').addOption(shardOption());
  plan
    .optionsGroup('Display:')
    .addOption(
      new Option(
        '--format <format>',
        'text (default), json, bake (a docker-bake.json) or commands (nothing else)',
      )
        .choices(planFormats)
        .conflicts('json'),
    )
    .option('--json', 'the same as --format json')
    .option(
      '--why',
      'with --json: ask registries what is unchanged, and tell it in `decisions`; text always tells',
    )
    .option('--no-why', 'ask no registry, and tell nothing of what is unchanged');
  addColourOption(plan);
  plan.action((targets: string[], flags: Flags) => actions.plan(targets, flags));
}

function addList(program: Command, actions: Actions): void {
  const list = program
    .command('list')
    .summary('list targets with their platforms, stages and tags')
    .description('List targets of matrix.yml with their platforms, stages and tags.')
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', 'names, globs, groups and images (default: every target)');
  addMatrixOptions(list);
  list.optionsGroup('Display:').option('--json', 'print JSON');
  addColourOption(list);
  list.action((targets: string[], flags: Flags) => actions.list(targets, flags));
}

function addValidate(program: Command, actions: Actions): void {
  const validate = program
    .command('validate')
    .summary('check matrix.yml and the Dockerfiles it names')
    .description(
      'Check matrix.yml and the Dockerfiles it names. Every problem is reported, each with its place.',
    )
    .usage('[OPTIONS]');
  addMatrixOptions(validate);
  validate.optionsGroup('Display:').option('--json', 'print the problems as JSON');
  addColourOption(validate);
  validate.action((flags: Flags) => actions.validate(flags));
}

function addImport(program: Command, actions: Actions): void {
  const imports = program
    .command('import')
    .summary('make a matrix.yml from the file of another tool')
    .description('Make a matrix.yml from the file of another tool.')
    .usage('FORMAT [FILE]')
    .helpCommand(false);
  const bake = imports
    .command('bake')
    .summary('from the output of `docker buildx bake --print`')
    .description(
      'Read what `docker buildx bake --print` prints, and print a matrix.yml that builds the same. What cannot be carried over is told in comments and on standard error.',
    )
    .usage('[OPTIONS] [FILE]')
    .argument('[file]', 'file to read (default: standard input)', '-')
    .optionsGroup('Display:');
  addColourOption(bake);
  bake.action((file: string, flags: Flags) => actions.importBake(file, flags));
}

function addCompletion(program: Command, actions: Actions): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Print a script that completes commands, options and target names. For bash, add to ~/.bashrc:\n\n  source <(build-matrix completion bash)',
    )
    .usage('SHELL')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(shells))
    .action((shell: Shell) => actions.completion(shell));
  program
    .command('__complete', {hidden: true})
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((words: string[]) => actions.complete(words));
}
