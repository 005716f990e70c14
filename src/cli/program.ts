import {Argument, Command, Option, type Help} from 'commander';

import {
  planFormats,
  progressModes,
  shells,
  type Flags,
  type ReleaseFlags,
  type Shell,
} from './flags.ts';
import {addGithubCommands, type GithubActions} from './github-commands.ts';
import {
  addColourOption,
  addMatrixOptions,
  addResultOptions,
  collect,
  fileOption,
  platformOption,
  positiveInteger,
  registryOption,
  setOption,
  shardOption,
  targetsHelp,
} from './shared-options.ts';

/** What each command does; handed in, so that the definitions can be read without doing anything. */
export interface Actions extends GithubActions {
  validate(flags: Flags): Promise<void>;
  plan(targets: readonly string[], flags: Flags): Promise<void>;
  build(targets: readonly string[], flags: Flags): Promise<void>;
  publish(records: readonly string[], flags: Flags): Promise<void>;
  list(targets: readonly string[], flags: Flags): Promise<void>;
  sizes(targets: readonly string[], flags: Flags): Promise<void>;
  login(registries: readonly string[], flags: Flags): Promise<void>;
  release(version: string, flags: ReleaseFlags): Promise<void>;
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

const unpackedHelp = 'read layers in remote registries to learn their unpacked sizes';

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

function addPublish(program: Command, actions: Actions): void {
  const publish = program
    .command('publish')
    .summary('make public what several machines have built')
    .description(
      'Join the records of `build --push --shard …`, one of each machine, and move the tags and indexes that all of them were built for. Nothing moves unless they come from the same commit, matrix.yml and version of build-matrix, and every image is there.',
    )
    .usage('[OPTIONS] RECORD...')
    .argument('<records...>', 'files that `build --shard … --record-file FILE` wrote')
    .optionsGroup('Result:')
    .addOption(fileOption())
    .option('--builder <name>', 'buildx builder whose settings for registries are used')
    .option('--record-file <file>', 'write the record of the whole to this file as well')
    .optionsGroup('Display:')
    .option('--json', 'print the record as JSON instead of the table')
    .option('-q, --quiet', 'print errors only');
  addColourOption(publish);
  publish.action((records: string[], flags: Flags) => actions.publish(records, flags));
}

function addPlan(program: Command, actions: Actions): void {
  const plan = program
    .command('plan')
    .summary('print what build would do: the exact commands')
    .description(
      'Print what `build` with the same arguments runs, without running it: for each target what it is made of, whether it has to be built and why, and the exact command.',
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

function addSizes(program: Command, actions: Actions): void {
  const sizes = program
    .command('sizes')
    .summary('show sizes of images and stages, and what fills them')
    .description(
      'Show sizes of what a run built: images, stages and instructions, as its record tells. With --why the layers are read from where the images are, and what fills them is told, with what need not be there.',
    )
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', 'names, images, globs and groups (default: all of the run)')
    .optionsGroup('What to show:')
    .addOption(fileOption())
    .addOption(platformOption())
    .option('--record <record>', 'file or id of a run (default: the latest run)')
    .addOption(new Option('--unpacked', unpackedHelp).conflicts('history'))
    .option('--instructions', 'show each instruction of the stages')
    .option(
      '--against <earlier>',
      'show what changed since: `previous`, file or id of a run, image tag, digest or reference, or git revision',
    )
    .addOption(
      new Option('--history', 'show how sizes went over all builds here').conflicts([
        'record',
        'against',
        'instructions',
        'markdown',
        'html',
      ]),
    )
    .addOption(
      new Option('--why', 'read the layers and tell what fills them').conflicts([
        'history',
        'instructions',
      ]),
    )
    .addOption(
      new Option(
        '--top <n>',
        'with --why: how many to show of folders, of files (default: 5) and of findings (10)',
      ).argParser(positiveInteger),
    )
    .optionsGroup('Budgets:')
    .addOption(
      new Option('--check', 'end with exit code 4 when an image exceeds its budget').conflicts(
        'history',
      ),
    )
    .option('--warn-only', 'with --check: only warn')
    .optionsGroup('Display:')
    .option('--json', 'print JSON')
    .option(
      '--markdown <file>',
      'also write Markdown, for a job summary or a comment; `-` prints it instead',
    )
    .option(
      '--html <file>',
      'also write a page with charts and history, and with --why a map of what fills each image',
    );
  addColourOption(sizes);
  sizes.action((targets: string[], flags: Flags) => actions.sizes(targets, flags));
}

function addLogin(program: Command, actions: Actions): void {
  const login = program
    .command('login')
    .summary('log docker in to the registries of matrix.yml')
    .description(
      'Log docker in to registries where something is missing: to Amazon ECR with the AWS credentials of this machine, to others with the login that is given. Docker keeps the logins, as after `docker login`.',
    )
    .usage('[OPTIONS] [REGISTRY...]')
    .argument('[registries...]', 'names in matrix.yml, or hosts (default: all of matrix.yml)')
    .optionsGroup('Login:')
    .addOption(fileOption())
    .addOption(
      new Option(
        '--check',
        'only tell whether each registry lets docker push; exit code 3 when one does not',
      ),
    )
    .addOption(
      new Option('-u, --username <name>', 'name to log in with, for one registry').conflicts(
        'check',
      ),
    )
    .addOption(
      new Option('--password-stdin', 'read its password or token from standard input').conflicts(
        'check',
      ),
    )
    .optionsGroup('Display:')
    .option('--json', 'print JSON');
  addColourOption(login);
  login.action((registries: string[], flags: Flags) => actions.login(registries, flags));
}

function addRelease(program: Command, actions: Actions): void {
  const release = program
    .command('release')
    .summary('release a version of the images that were built of this commit')
    .description(
      'Release the images that `build --push` has pushed of this very commit: nothing is built. Everything is checked first; then the version’s own tags are made, the git tag is pushed, the release on GitHub is published, and tags such as 1.4, 1 and latest move. A release that was ended goes on when the same command is run again.',
    )
    .usage('[OPTIONS] VERSION')
    .argument('<version>', 'semantic version: 1.4.2, or 2.0.0-rc.1')
    .optionsGroup('What to release:')
    .addOption(fileOption())
    .addOption(setOption())
    .addOption(registryOption())
    .addOption(
      new Option(
        '--record <record>',
        'file with the record of a build; repeat (default: the builds made here)',
      ).argParser(collect),
    )
    .option('--next', 'let a pre-release move the tag next')
    .option('--no-github', 'make no release on GitHub')
    .optionsGroup('Instead:')
    .addOption(new Option('--dry-run', 'check everything, and print what would be done'))
    .addOption(
      new Option('--rollback', 'put tags such as 1.4 and latest back where they were before'),
    )
    .optionsGroup('Display:')
    .addOption(
      new Option(
        '--progress <mode>',
        'plain (default), json (a line for each event) or quiet',
      ).choices(progressModes.filter((mode) => mode !== 'tty')),
    )
    .option('--json', 'print the plan, and what was done, as JSON')
    .option('-q, --quiet', 'print errors only');
  addColourOption(release);
  release.action((version: string, flags: ReleaseFlags) => actions.release(version, flags));
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
