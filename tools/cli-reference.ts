import type {Argument, Command, Option} from 'commander';

/** docs/cli-reference.md: every visible command with its arguments and options. */
export function cliReference(program: Command): string {
  const commands = commandsOf(program, []);
  return [
    '# Command line',
    '',
    '<!-- Written by tools/generate-cli-reference.ts: change src/cli/program.ts instead. -->',
    '',
    program.description(),
    'Standard output gets results; progress, warnings and errors go to standard error.',
    '',
    '| command | |',
    '|---|---|',
    ...commands.map(
      ({path, command}) => `| [\`${path}\`](#${anchor(path)}) | ${cell(command.summary())} |`,
    ),
    '',
    ...commands.flatMap(({path, command}) => commandText(path, command)),
    ...fixedText,
  ].join('\n');
}

interface PathedCommand {
  readonly path: string;
  readonly command: Command;
}

/** Commands that do something, those below others included. */
function commandsOf(parent: Command, path: readonly string[]): readonly PathedCommand[] {
  const help = parent.createHelp();
  return help.visibleCommands(parent).flatMap((command) => {
    if (command.name() === 'help') return [];
    const words = [...path, command.name()];
    const below = commandsOf(command, words);
    return below.length > 0 ? below : [{path: words.join(' '), command}];
  });
}

function commandText(path: string, command: Command): readonly string[] {
  const options = command.options.filter((option) => !option.hidden);
  const groups = [...new Set(options.map((option) => option.helpGroupHeading ?? ''))];
  return [
    `## ${path}`,
    '',
    '```',
    `build-matrix ${path} ${command.usage()}`,
    '```',
    '',
    command.description(),
    '',
    ...command.registeredArguments.flatMap((argument) => [
      `\`${argumentName(argument)}\`: ${argument.description}.`,
      '',
    ]),
    ...groups.flatMap((group) => [
      `| ${group.replace(/:$/, '').toLowerCase()} | |`,
      '|---|---|',
      ...options
        .filter((option) => (option.helpGroupHeading ?? '') === group)
        .map((option) => `| \`${option.flags}\` | ${optionText(option)} |`),
      '',
    ]),
  ];
}

function argumentName(argument: Argument): string {
  const name = argument.name().toUpperCase();
  return argument.variadic ? `${name.replace(/IES$/, 'Y').replace(/S$/, '')}...` : name;
}

function optionText(option: Option): string {
  const env = option.envVar === undefined ? '' : ` Environment: \`${option.envVar}\`.`;
  return `${cell(option.description)}.${env}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/([<>])/g, '\\$1');
}

function anchor(path: string): string {
  return path.replaceAll(' ', '-');
}

const fixedText = [
  '## Which matrix.yml',
  '',
  'Without `--file`, matrix.yml (or matrix.yaml) is looked for in the current folder and above it, up to',
  'the root of the git checkout; build-matrix then works in its folder, as `git` and `npm` do, so that',
  'every command runs from anywhere in a project. With `--file` it works in the current folder. State is',
  'kept below it in `.build-matrix`.',
  '',
  '## Which targets',
  '',
  'A word selects a group, or else a target by its name (`cuda-12.6`), by its key in matrix.yml (`cuda`:',
  'all that its matrix expands to), by its image (`face-service`), or by both (`face-service/cuda`);',
  'globs work on all of these. Targets that a selected one builds on are built too.',
  '',
  '## Progress and results of build',
  '',
  '| `--progress` | |',
  '|---|---|',
  '| `auto` | `tty` on a terminal, unless `CI` is set or `--verbose` or `--json` is given; else `plain` |',
  '| `tty` | a live tree of targets, platforms, stages and steps |',
  '| `plain` | a line for each step; what a step printed only when it failed, or with `--verbose` |',
  '| `json` | nothing but lines of JSON: one for each event, as in src/events/event.ts, and at the end `{"type":"failed","at":…,"failure":{…}}` for each failure, also when it came before the run |',
  '| `quiet` | nothing |',
  '',
  'Progress goes to standard error, the result to standard output: a table, or with `--json` the record of',
  'the run as one JSON document. `build --json --progress json 2>events.jsonl >record.json` keeps both.',
  'The record is also in `.build-matrix/runs/ID/record.json`, whole logs are beside it.',
  '',
  'The first Ctrl-C ends what runs and records what is done, the second kills.',
  '',
  '## Environment',
  '',
  '| variable | |',
  '|---|---|',
  '| `BUILD_MATRIX_FILE` | as `--file` |',
  '| `BUILD_MATRIX_VERSION` | as `--image-version` |',
  '| `BUILD_MATRIX_MIRRORS` | as `--mirror`, separated by commas |',
  '| `BUILD_MATRIX_LOGIN_HOST_USERNAME`, `…_PASSWORD` | for `login`: `HOST` in capitals, `_` for `.` and `:`, `__` for `-` |',
  '| `AWS_*` | as for the AWS SDK, where a registry is Amazon’s |',
  '| `BUILDKIT_PROGRESS` | as `--progress`, where the word means something here |',
  '| `BUILDX_BUILDER`, `DOCKER_*` | as for docker and buildx, which are given them |',
  '| `NO_COLOR`, `FORCE_COLOR` | colours off, on |',
  '',
  'A flag wins over its variable; an empty variable is none.',
  '',
  '## Exit codes',
  '',
  '| code | |',
  '|---|---|',
  '| 0 | all done |',
  '| 1 | a build failed, an image could not be measured, or a file not be read or written |',
  '| 2 | bad usage, or a bad matrix.yml or Dockerfile; nothing was built |',
  '| 3 | docker, buildx, a builder, a platform or a registry cannot be used |',
  '| 4 | an image exceeds its budget |',
  '| 5 | a release is refused, or was stopped |',
  '| 70 | a bug in build-matrix |',
  '| 130 | stopped by Ctrl-C |',
  '| 143 | stopped by SIGTERM |',
  '',
  'When several apply, the first of 70, 130, 143, 2, 3, 1, 5, 4.',
  '',
] as const;
