import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {describe, expect} from 'vitest';

import {helpText} from '../../src/cli/help-text.ts';
import {test} from '../rig/command-rig.ts';

const binary = join(import.meta.dirname, '../../bin/build-matrix.js');
const packageFile = join(import.meta.dirname, '../../package.json');

describe('help', () => {
  const help = `Usage: build-matrix COMMAND [OPTIONS]

Build one service as CPU, CUDA and Jetson images from one matrix.yml.

Options:
  -V, --version  print the version
  -h, --help     print help

Commands:
  build          build targets, and push, load or save the images
  publish        make public what several machines have built
  plan           print what build would do: the exact commands
  list           list targets with their platforms, stages and tags
  validate       check matrix.yml and the Dockerfiles it names
  sizes          show sizes of images and stages, and what fills them
  login          log docker in to the registries of matrix.yml
  release        release a version of the images that were built of this commit
  report         tell what came of a run as Markdown, for GitHub
  github-matrix  print the jobs of a GitHub workflow: one for each target and platform
  import         make a matrix.yml from the file of another tool
  completion     print a completion script for a shell
  help           print help of a command

Examples:
  build-matrix build                    build everything, into .build-matrix/images
  build-matrix build cuda --push        build and push the target cuda
  build-matrix plan --platform arm64    print the commands for arm64 alone

Exit codes:
  0 done   1 a build failed   2 bad usage or matrix.yml   3 engine or registry not usable
  4 image over budget   5 release refused or stopped   70 bug in build-matrix
  130 stopped by Ctrl-C   143 terminated
`;

  test('is printed for --help, -h, help and nothing at all', async ({rig}) => {
    for (const args of [['--help'], ['-h'], ['help'], []]) {
      expect(await rig.run(args)).toMatchObject({exitCode: 0, stdout: help, stderr: ''});
    }
    expect(helpText).toBe(help);
  });

  test('of build', async ({rig}) => {
    const {exitCode, stdout, stderr} = await rig.run(['build', '--help']);
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
    expect(stdout).toBe(`Usage: build-matrix build [OPTIONS] [TARGET...]

Build targets with \`docker buildx build\`, all platforms of a target at once, and as many
targets side by side as --concurrency allows. Without --push or --load each image becomes
an OCI layout in .build-matrix/images. Standard output gets the result, standard error the
progress.

Arguments:
  targets                    names, globs, groups and images (default: the group
                             \`default\`, or else every target)

What to build:
  -f, --file <file>          matrix file (default: matrix.yml or matrix.yaml, here or
                             above) (env: BUILD_MATRIX_FILE)
  --platform <platform>      only these platforms; repeat, or separate by commas
  --set <key=value>          override a value, as in cpu.args.DEBUG=1; repeat
  --image-version <version>  value of {version} (default: the git tag, or else \`dev\`)
                             (env: BUILD_MATRIX_VERSION)
  --registry <registry>      registry instead of those in the file: a name in it, or
                             host[:port][/namespace]; repeat
  --mirror <host=prefix>     read base images of this registry below that prefix; repeat,
                             or separate by commas (env: BUILD_MATRIX_MIRRORS)

Result:
  --push                     push to the registries
  --load                     load into docker
  -o, --output <dir>         save as OCI layouts in this folder (default:
                             .build-matrix/images)

Builder:
  --builder <name>           buildx builder for every target (default: that of docker
                             buildx)
  --no-cache                 build every step anew
  --pull                     look for newer base images

Run:
  --force                    build everything, also what is unchanged
  --concurrency <n>          most targets that build at once (default: 8)
  --fail-fast                stop everything when one target fails
  --keep-going               finish what does not need a failed target (default)
  --unpacked                 read layers in remote registries to learn their unpacked
                             sizes

Several machines:
  --shard <target/platform>  with --push: build only this (TARGET or TARGET/PLATFORM) of
                             what is chosen, push it by digest, and leave tags to
                             \`publish\`; repeat
  --record-file <file>       write the record of the run to this file as well

Budgets:
  --against <earlier>        what \`growth\` is held against: \`previous\`, file or id of a
                             run, image tag, digest or reference, or git revision
                             (default: the last release built here)
  --warn-only                only warn when an image exceeds its budget

Display:
  --progress <mode>          auto (default), tty, plain, json (a line for each event) or
                             quiet; also by BUILDKIT_PROGRESS
  --json                     print the record of the run as JSON instead of the table
  -q, --quiet                print errors only
  -v, --verbose              print commands, and all that steps print
  --no-color                 no colours; NO_COLOR does the same, FORCE_COLOR the opposite

Options:
  -h, --help                 print help
`);
  });

  test('of a command is also printed by help COMMAND', async ({rig}) => {
    for (const command of ['build', 'plan', 'list', 'validate', 'import', 'completion']) {
      const [asked, flagged] = await Promise.all([
        rig.run(['help', command]),
        rig.run([command, '--help']),
      ]);
      expect(asked).toEqual(flagged);
      expect(asked.stdout).toContain(`Usage: build-matrix ${command} `);
    }
  });
});

describe('--version', () => {
  test('is that of the package', async ({rig}) => {
    const {version} = JSON.parse(await readFile(packageFile, 'utf8')) as {version: string};
    for (const flag of ['--version', '-V']) {
      expect(await rig.run([flag])).toMatchObject({
        exitCode: 0,
        stdout: `${version}\n`,
        stderr: '',
      });
    }
  });
});

describe('bad usage', () => {
  const cases: readonly (readonly [args: readonly string[], stderr: string])[] = [
    [['bulid'], "error: unknown command 'bulid'\nhelp: did you mean build?\n"],
    [['build', '--pussh'], "error: unknown option '--pussh'\nhelp: did you mean --push?\n"],
    [['plan', '--zzzz'], "error: unknown option '--zzzz'\nhelp: see `build-matrix plan --help`\n"],
    [
      ['build', '--fail-fast', '--keep-going'],
      "error: option '--fail-fast' cannot be used with option '--keep-going'\nhelp: see `build-matrix build --help`\n",
    ],
    [
      ['build', '--progress', 'tty'],
      'error: --progress tty needs a terminal, and standard error is none\nhelp: use --progress plain, or leave it to --progress auto\n',
    ],
    [
      ['list'],
      'error: there is no matrix.yml here\nhelp: name one with --file, or make one from a bake file with `build-matrix import bake`\n',
    ],
    [
      ['list', '--file', 'nope.yml'],
      'error: there is no nope.yml\nhelp: check --file, or BUILD_MATRIX_FILE in the environment\n',
    ],
    [
      ['list', '--mirror', 'docker.io'],
      'error: `docker.io` is not a mirror\nhelp: write HOST=PREFIX, such as --mirror docker.io=mirror.example.com/docker.io\n',
    ],
  ];

  test('is said in one line with a remedy, and ends with 2', async ({rig}) => {
    for (const [args, stderr] of cases) {
      expect(await rig.run(args)).toEqual({exitCode: 2, signal: null, stdout: '', stderr});
    }
  });
});

test('a full disk is told and ends with 1', async ({rig}) => {
  for (const args of ['--help', 'help plan', 'completion bash']) {
    const script = '"$0" "$1" $2 >/dev/full';
    const failed = promisify(execFile)('sh', ['-c', script, process.execPath, binary, args], {
      cwd: rig.folder,
    });
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: 'error: standard output: ENOSPC: no space left on device, write\n',
    });
  }
});

test('Node says nothing of its own about colours', async ({rig}) => {
  const {stderr} = await rig.run(['list'], {env: {NO_COLOR: '1', FORCE_COLOR: '1'}});
  expect(stderr).toMatch(/^error: there is no matrix\.yml here/);
});

describe('completion', () => {
  test('prints a script for each shell', async ({rig}) => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const {exitCode, stdout} = await rig.run(['completion', shell]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('build-matrix __complete -- ');
    }
  });

  test('knows the targets of matrix.yml, and is silent when it cannot be read', async ({rig}) => {
    const complete = async (...words: readonly string[]): Promise<string> =>
      (await rig.run(['__complete', '--', ...words])).stdout;
    expect(await complete('build', '')).toBe('');
    await rig.write(
      'matrix.yml',
      'version: 1\nimages: {app: {targets: {cuda: {matrix: {cuda: ["12.4", "12.6"]}}}}}\n',
    );
    expect(await complete('build', 'cu')).toBe('cuda-12.4\ncuda\ncuda-12.6\n');
    expect(await complete('build', '--pu')).toBe('--pull\n--push\n');
    expect(await complete('build', '--set', 'cuda.ar')).toBe('cuda.args.\n');
    await rig.write(
      'matrix.yml',
      'version: 1\nvars: {x: 1}\nregistries: {hub: {type: docker-hub, namespace: acme}}\nimages: {app: {targets: {cpu: {}}}}\n',
    );
    expect(await complete('build', '--registry', '')).toBe('hub\n');
    expect(await complete('build', '--set', '')).toBe('cpu.\napp/cpu.\napp.\nvars.x=\n');
    await rig.write('matrix.yml', 'version: [');
    expect(await rig.run(['__complete', '--', 'build', ''])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});
