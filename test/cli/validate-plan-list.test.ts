import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import {describe, expect} from 'vitest';
import {withoutInputLabels} from '../../src/plan/run-values.ts';

import {test, type CommandRig} from '../rig/command-rig.ts';

const matrix = `version: 1
defaults: {context: docker}
images:
  app:
    targets:
      cpu:
        description: Any CPU
        platforms: [linux/amd64, linux/arm64]
        args: {GREETING: hello world}
        tags: ["{version}"]
      cuda:
        platforms: [linux/amd64]
        accelerator: cuda
        stage: runtime
        tags: ["{version}-cuda"]
`;

const dockerfile = `FROM python:3.12-slim AS base
FROM base AS runtime
ARG GREETING
`;

async function writeSample(rig: CommandRig): Promise<void> {
  await rig.write('matrix.yml', matrix);
  await rig.write('docker/Dockerfile', dockerfile);
}

describe('validate', () => {
  test('counts what is valid', async ({rig}) => {
    await writeSample(rig);
    expect(await rig.run(['validate'])).toEqual({
      exitCode: 0,
      signal: null,
      stdout: '✔ matrix.yml is valid: 1 image, 2 targets, 3 platform builds\n',
      stderr: '',
    });
    const json = await rig.run(['validate', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({valid: true, diagnostics: []});
  });

  test('reports every problem with its place', async ({rig}) => {
    await writeSample(rig);
    await rig.write(
      'matrix.yml',
      matrix
        .replace('platforms: [linux/amd64]', 'plattforms: [linux/amd64]')
        .replace('accelerator: cuda', 'accelerator: cude'),
    );
    const {exitCode, stdout, stderr} = await rig.run(['validate']);
    expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''});
    expect(stderr).toBe(`error: unknown key \`plattforms\`
  --> matrix.yml:12:9
   |
12 |         plattforms: [linux/amd64]
   |         ^^^^^^^^^^
help: did you mean \`platforms\`?

error: unknown value \`cude\` of \`accelerator\`
  --> matrix.yml:13:22
   |
13 |         accelerator: cude
   |                      ^^^^
help: did you mean \`cuda\`?

2 errors
`);
    const json = await rig.run(['validate', '--json']);
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      diagnostics: [
        {severity: 'error', range: {line: 12, column: 9}, suggestion: 'did you mean `platforms`?'},
        {severity: 'error', range: {line: 13, column: 22}},
      ],
    });
  });

  test('reports what matrix.yml names along with its own errors', async ({rig}) => {
    await rig.write(
      'matrix.yml',
      `${matrix.replace('accelerator: cuda', 'accelerator: cude').replace('docker}', '.}')}  b:
    targets: {b: {dockerfile: none}}
`,
    );
    const {exitCode, stderr} = await rig.run(['plan', 'cpu']);
    expect(exitCode).toBe(2);
    expect(stderr.match(/^(?:error: .*| *--> .*|\d errors?)$/gm)).toEqual([
      'error: the Dockerfile `Dockerfile` does not exist',
      ' --> matrix.yml:6:7',
      'error: unknown value `cude` of `accelerator`',
      '  --> matrix.yml:13:22',
      'error: the Dockerfile `none` does not exist',
      '  --> matrix.yml:17:31',
      '3 errors',
    ]);
  });

  test('checks what matrix.yml names', async ({rig}) => {
    await rig.write('matrix.yml', matrix);
    const {exitCode, stderr} = await rig.run(['validate']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('matrix.yml:2:21');
  });
});

describe('plan', () => {
  test('prints commands that a shell takes as they are', async ({rig}) => {
    await writeSample(rig);
    const {stdout} = await rig.run(['plan', 'cpu', '--format', 'commands']);
    // A docker that prints its arguments, one a line.
    const script = `docker() { for each; do echo "[$each]"; done; }\n${stdout}`;
    const {stdout: words} = await promisify(execFile)('sh', ['-c', script]);
    const plan = JSON.parse((await rig.run(['plan', 'cpu', '--json'])).stdout) as {
      targets: readonly {command: {args: readonly string[]}}[];
    };
    const [target] = plan.targets;
    // A shell does not know from what the image is built: it leaves the labels out.
    const {args} = withoutInputLabels({
      program: 'docker',
      env: {},
      args: target?.command.args ?? [],
    });
    expect(words.trimEnd().split('\n')).toEqual(args.map((argument) => `[${argument}]`));
    expect(target?.command.args).toHaveLength(args.length + 4);
    expect(words).toContain('[GREETING=hello world]');
  });

  test('shows what each target is made of', async ({rig}) => {
    await writeSample(rig);
    const {exitCode, stdout, stderr} = await rig.run(['plan', 'cuda', '--image-version', '1.2']);
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
    expect(stdout.split('\n').slice(1, 9)).toEqual([
      '',
      'app/cuda',
      '  platforms  linux/amd64',
      '  for        cuda',
      '  builds     docker/Dockerfile, stage runtime',
      '  context    docker',
      '  tags       app:1.2-cuda',
      '  result     OCI layout in .build-matrix/images/app/cuda',
    ]);
  });

  test('is the same each time, from below the project as from its root', async ({rig}) => {
    await writeSample(rig);
    const [first, again, below] = await Promise.all([
      rig.run(['plan', '--json']),
      rig.run(['plan', '--json']),
      rig.run(['plan', '--json'], {cwd: 'docker'}),
    ]);
    expect(again).toEqual(first);
    expect(below).toEqual({...first, stderr: 'Using ../matrix.yml\n'});
  });

  test('keeps an output folder where it was named', async ({rig}) => {
    await writeSample(rig);
    const {stdout} = await rig.run(['plan', 'cpu', '-o', 'out'], {cwd: 'docker'});
    expect(stdout).toContain('  result     OCI layout in docker/out/app/cpu\n');
  });

  test('refuses targets that do not exist', async ({rig}) => {
    await writeSample(rig);
    expect(await rig.run(['plan', 'cudaa'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: 'error: no target, image or group is called `cudaa`\nhelp: did you mean `cuda`?\n',
    });
  });

  test('asks docker for nothing', async ({rig}) => {
    await writeSample(rig);
    await rig.run(['plan']);
    expect(rig.docker.calls).toEqual([]);
  });
});

describe('list', () => {
  test('is a table, of all targets or of some', async ({rig}) => {
    await writeSample(rig);
    expect((await rig.run(['list'])).stdout).toBe(
      [
        'TARGET    PLATFORMS     FOR   STAGES         TAGS      DESCRIPTION',
        'app/cpu   amd64, arm64  cpu   base, runtime  dev       Any CPU',
        'app/cuda  amd64         cuda  base, runtime  dev-cuda',
        '',
      ].join('\n'),
    );
    expect((await rig.run(['list', 'cuda'])).stdout.split('\n')).toHaveLength(3);
  });

  test('is JSON', async ({rig}) => {
    await writeSample(rig);
    const {stdout} = await rig.run(['list', 'cuda', '--json', '--image-version', '2']);
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 'app/cuda',
        image: 'app',
        name: 'cuda',
        description: null,
        accelerator: 'cuda',
        platforms: ['linux/amd64'],
        stages: ['base', 'runtime'],
        tags: ['app:2-cuda'],
        axes: {},
        dependsOn: [],
      },
    ]);
  });
});

describe('import bake', () => {
  test('makes a matrix.yml that is valid, and says what it left out', async ({rig}) => {
    await writeSample(rig);
    const bake = await rig.run(['plan', '--format', 'bake']);
    expect(bake.exitCode).toBe(0);
    await rig.write('bake.json', bake.stdout);
    const imported = await rig.run(['import', 'bake', 'bake.json']);
    expect(imported.exitCode).toBe(0);
    expect(imported.stderr).toContain('warning: left out cpu.output = ');
    await rig.write('matrix.yml', imported.stdout);
    expect((await rig.run(['validate'])).exitCode).toBe(0);
  });

  test('refuses what is no output of bake', async ({rig}) => {
    await rig.write('bake.json', '{');
    const {exitCode, stdout, stderr} = await rig.run(['import', 'bake', 'bake.json']);
    expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''});
    expect(stderr).toMatch(/^error: bake\.json is not the output of docker buildx bake --print: /);
  });
});
