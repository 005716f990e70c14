import {InvalidArgumentError, Option, type Command} from 'commander';

export const targetsHelp =
  'names, globs, groups and images (default: the group `default`, or else every target)';

/** What to build; the same for all commands that read matrix.yml. */
export function addMatrixOptions(command: Command): void {
  command
    .optionsGroup('What to build:')
    .addOption(fileOption())
    .addOption(platformOption())
    .addOption(setOption())
    .addOption(
      new Option(
        '--image-version <version>',
        'value of {version} (default: the git tag, or else `dev`)',
      ).env('BUILD_MATRIX_VERSION'),
    )
    .addOption(registryOption())
    .addOption(
      new Option(
        '--mirror <host=prefix>',
        'read base images of this registry below that prefix; repeat, or separate by commas',
      )
        .env('BUILD_MATRIX_MIRRORS')
        .argParser(commaList),
    );
}

export function fileOption(): Option {
  return new Option(
    '-f, --file <file>',
    'matrix file (default: matrix.yml or matrix.yaml, here or above)',
  ).env('BUILD_MATRIX_FILE');
}

export function setOption(): Option {
  return new Option(
    '--set <key=value>',
    'override a value, as in cpu.args.DEBUG=1; repeat',
  ).argParser(collect);
}

export function registryOption(): Option {
  return new Option(
    '--registry <registry>',
    'registry instead of those in the file: a name in it, or host[:port][/namespace]; repeat',
  ).argParser(collect);
}

export function platformOption(): Option {
  return new Option(
    '--platform <platform>',
    'only these platforms; repeat, or separate by commas',
  ).argParser(platformList);
}

/** Where results go and who builds them. */
export function addResultOptions(command: Command): void {
  command
    .optionsGroup('Result:')
    .addOption(new Option('--push', 'push to the registries').conflicts(['load', 'output']))
    .addOption(new Option('--load', 'load into docker').conflicts(['push', 'output']))
    .addOption(
      new Option(
        '-o, --output <dir>',
        'save as OCI layouts in this folder (default: .build-matrix/images)',
      ).conflicts(['push', 'load']),
    )
    .optionsGroup('Builder:')
    .option('--builder <name>', 'buildx builder for every target (default: that of docker buildx)')
    .option('--no-cache', 'build every step anew')
    .option('--pull', 'look for newer base images');
}

export function shardOption(): Option {
  return new Option(
    '--shard <target/platform>',
    'with --push: build only this (TARGET or TARGET/PLATFORM) of what is chosen, push it by digest, and leave tags to `publish`; repeat',
  )
    .argParser(collect)
    .conflicts(['load', 'output', 'platform']);
}

export function addColourOption(command: Command): void {
  command.option('--no-color', 'no colours; NO_COLOR does the same, FORCE_COLOR the opposite');
}

export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function commaList(value: string, previous: readonly string[] | undefined): readonly string[] {
  const items = value.split(',').map((item) => item.trim());
  return [...(previous ?? []), ...items.filter((item) => item !== '')];
}

/** An empty variable of a script must not turn one platform into all of them. */
function platformList(value: string, previous: readonly string[] | undefined): readonly string[] {
  const platforms = commaList(value, undefined);
  if (platforms.length > 0) return [...(previous ?? []), ...platforms];
  throw new InvalidArgumentError('Name a platform, such as linux/arm64, or leave the option out.');
}

export function positiveInteger(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

export const unpackedHelp = 'read layers in remote registries to learn their unpacked sizes';
