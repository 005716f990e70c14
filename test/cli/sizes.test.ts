import {join} from 'node:path';

import {readFile, rm} from 'node:fs/promises';

import {Ajv} from 'ajv';
import {describe, expect} from 'vitest';

import {formatRecord} from '../../src/records/record-codec.ts';
import {test, type CommandRig} from '../rig/command-rig.ts';
import {writeRecordedImage} from '../rig/recorded-image.ts';

const layers = [
  {files: {'usr/bin/python3': 400_000}},
  {
    instruction: [3, 'RUN apt-get update && pip install numpy'],
    files: {'var/lib/apt/lists/main': 300_000, 'root/.cache/pip/wheel': 200_000},
  },
  {instruction: [5, 'RUN rm -rf /var/lib/apt/lists'], files: {'var/lib/apt/.wh.lists': 0}},
] as const;

async function fails(
  rig: CommandRig,
  args: readonly string[],
  exitCode: number,
  stderr: string,
): Promise<void> {
  expect(await rig.run(['sizes', ...args])).toEqual({exitCode, signal: null, stdout: '', stderr});
}

describe('sizes', () => {
  test('shows what the latest run, a run by its id, or a record file tells', async ({rig}) => {
    const {runId} = await writeRecordedImage(rig.folder, 'cpu', layers);
    const latest = await rig.run(['sizes']);
    expect(latest).toMatchObject({exitCode: 0, stderr: ''});
    expect(latest.stdout).toContain('app/cpu linux/amd64');
    expect(latest.stdout).toContain('runtime');
    expect(latest.stdout).not.toContain('RUN apt-get update');
    expect(await rig.run(['sizes', '--record', runId, 'cpu'])).toEqual(latest);
    await rig.write('kept.json', (await rig.read(`.build-matrix/runs/${runId}/record.json`)) ?? '');
    expect(await rig.run(['sizes', '--record', 'kept.json'])).toEqual(latest);
    // As from anywhere in a project.
    await rig.write('matrix.yml', 'version: 1\nimages: {}\n');
    await rig.write('below/x', '');
    const below = {cwd: 'below'};
    expect(await rig.run(['sizes', '--record', '../kept.json'], below)).toEqual(latest);
    expect(await rig.run(['sizes'], below)).toEqual(latest);
  });

  test('--instructions adds those that add something, --json gives the whole report', async ({
    rig,
  }) => {
    await writeRecordedImage(rig.folder, 'cpu', layers);
    const {stdout} = await rig.run(['sizes', '--instructions']);
    expect(stdout).toContain('3 RUN apt-get update && pip install numpy');
    const json = await rig.run(['sizes', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 1,
      version: '1.2.3',
      images: [
        {target: 'app/cpu', stages: [{name: 'runtime', instructions: [{line: 3}, {line: 5}]}]},
      ],
    });
  });

  test('says what is wrong with the record, and what to do', async ({rig}) => {
    await fails(
      rig,
      [],
      1,
      'error: .build-matrix/runs: no run is recorded yet: run `build-matrix build` first\n',
    );
    const record = await writeRecordedImage(rig.folder, 'cpu', layers);
    await fails(
      rig,
      ['cpux'],
      2,
      `error: the record of run ${record.runId} has no target \`cpux\`\nhelp: did you mean \`cpu\`?\n`,
    );
    await fails(
      rig,
      ['--record', 'nope.json'],
      2,
      'error: --record nope.json: there is no such file, and no run is called that\nhelp: give the file of a record, or the id of a run: .build-matrix/runs holds them\n',
    );
    await fails(
      rig,
      ['--record', '20260102-030405-678-000000'],
      1,
      'error: .build-matrix/runs/20260102-030405-678-000000/record.json: there is no record of this run\n',
    );
    const text = formatRecord(record);
    await rig.write('short.json', text.slice(0, text.length / 2));
    await fails(
      rig,
      ['--record', 'short.json'],
      1,
      'error: short.json: not a record: the file is not JSON, or was cut short\n',
    );
    await rig.write('newer.json', text.replace('"schema": 1', '"schema": 2'));
    await fails(
      rig,
      ['--why', '--record', 'newer.json'],
      1,
      'error: newer.json: written by a newer build-matrix (schema 2, this one reads 1): update build-matrix\n',
    );
  });
});

test('sizes --unpacked reads the layers whose unpacked sizes no record has', async ({rig}) => {
  const record = await writeRecordedImage(rig.folder, 'cpu', layers);
  const known = await rig.run(['sizes', '--json']);
  const path = `.build-matrix/runs/${record.runId}/record.json`;
  const text = formatRecord(record);
  // As a build leaves it whose layers are in a registry far away.
  await rig.write(path, text.replaceAll(/"(\w*[uU]npackedBytes)": \d+/gu, '"$1": null'));
  expect((await rig.run(['sizes', '--json'])).stdout).not.toBe(known.stdout);
  const read = await rig.run(['sizes', '--json', '--unpacked']);
  expect(read).toEqual(known);
  expect(await rig.read('.build-matrix/layers.json')).toContain('"unpackedBytes"');
});

describe('sizes and budgets', () => {
  const matrix = (budget: string): string =>
    `version: 1\nimages:\n  app:\n    targets:\n      cpu: {budget: ${budget}}\n      cuda: {}\ngroups: {small: [cpu]}\n`;

  test('budgets stand beside the sizes, and --check ends with 4', async ({rig}) => {
    await writeRecordedImage(rig.folder, 'cpu', layers);
    await rig.write('Dockerfile', 'FROM debian:12 AS runtime\n');
    await rig.write('matrix.yml', matrix('{unpacked: 500kB, stages: {runtime: {unpacked: 1GB}}}'));
    const {stdout, stderr, exitCode} = await rig.run(['sizes', 'small']);
    expect({stderr, exitCode}).toEqual({stderr: '', exitCode: 0});
    expect(stdout).toMatch(/app\/cpu linux\/amd64 +unpacked +90\d kB +500kB +1\d\d%/u);
    expect(stdout).toMatch(/app\/cpu linux\/amd64, stage runtime +unpacked +50\d kB +1GB +0%/u);

    const checked = await rig.run(['sizes', '--check']);
    expect(checked.exitCode).toBe(4);
    expect(checked.stdout).toBe(stdout);
    expect(checked.stderr).toContain('error: app/cpu (linux/amd64) has 90');
    expect(checked.stderr).toContain('--> matrix.yml:5:');
    const warned = await rig.run(['sizes', '--check', '--warn-only', '--json']);
    expect(warned.exitCode).toBe(0);
    expect(warned.stderr).toContain('warning: app/cpu (linux/amd64) has 90');
    expect(JSON.parse(warned.stdout)).toMatchObject({
      budgets: [
        {measure: 'unpacked', limit: 500_000},
        {stage: 'runtime', limit: 1_000_000_000},
      ],
    });
    // A limit that is kept.
    await rig.write('matrix.yml', matrix('{unpacked: 1GB}'));
    expect(await rig.run(['sizes', '--check'])).toMatchObject({exitCode: 0, stderr: ''});
  });

  test('without a matrix.yml that can be read there is nothing to check', async ({rig}) => {
    await writeRecordedImage(rig.folder, 'cpu', layers);
    await rig.write('matrix.yml', 'version: 7\n');
    expect(await rig.run(['sizes'])).toMatchObject({exitCode: 0, stderr: ''});
    expect(await rig.run(['sizes', '--check'])).toMatchObject({exitCode: 2});
  });
});

describe('sizes --why', () => {
  test('reads the layers from where the image is, and names what need not be there', async ({
    rig,
  }) => {
    await writeRecordedImage(rig.folder, 'cpu', layers);
    const {exitCode, stdout, stderr} = await rig.run(['sizes', 'cpu', '--why']);
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
    expect(stdout).toBe(`app/cpu linux/amd64  900 kB in 3 files; later layers hide 300 kB of them

  400 kB  base image debian:12  44% in 1 file
          folders
  400 kB  ━━━━━━━━━━  /usr/bin
          files
  400 kB  ━━━━━━━━━━  /usr/bin/python3

  500 kB  runtime ← debian:12  56% in 2 files
          folders
  300 kB  ━━━━━━────  /var/lib/apt/lists
  200 kB  ━━━━──────  /root/.cache/pip
          files
  300 kB  ━━━━━━────  /var/lib/apt/lists/main
  200 kB  ━━━━──────  /root/.cache/pip/wheel

What need not be there
  300 kB  deleted by a later layer
          /var/lib/apt/lists/main
          made: stage runtime, line 3: RUN apt-get update && pip install numpy
          hidden: stage runtime, line 5: RUN rm -rf /var/lib/apt/lists
          => delete them in the RUN that makes them: a later one only hides them
  200 kB  downloads and wheels kept by pip
          /root/.cache/pip
          stage runtime, line 3: RUN apt-get update && pip install numpy
          => add \`--no-cache-dir\` to \`pip install\`, or mount a cache at /root/.cache/pip
`);
    const json = await rig.run(['sizes', 'cpu', '--why', '--json', '--top', '1']);
    const schema = await readFile(
      join(import.meta.dirname, '../../schema/why.schema.json'),
      'utf8',
    );
    const validate = new Ajv({strict: true}).compile(JSON.parse(schema) as object);
    expect(validate(JSON.parse(json.stdout)) ? [] : validate.errors).toEqual([]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 1,
      images: [
        {
          target: 'app/cpu',
          hiddenBytes: 300_000,
          stages: [{origin: 'base'}, {stage: 'runtime', directories: [{bytes: 300_000}]}],
          findings: [{kind: 'deleted-later'}, {kind: 'pip-cache', place: {line: 3}}],
        },
      ],
    });
  });

  test('says which layer is gone, and ends with 1', async ({rig}) => {
    const record = await writeRecordedImage(rig.folder, 'cpu', layers);
    const digest = record.targets[0]?.platforms[0]?.layers[0]?.digest ?? '';
    const blob = `.build-matrix/images/app/cpu/blobs/${digest.replace(':', '/')}`;
    await rm(join(rig.folder, blob));
    await fails(
      rig,
      ['--why'],
      1,
      `error: app/cpu was built, but could not be measured: linux/amd64: layer ${digest.slice(7, 19)} could not be read: .build-matrix/images/app/cpu@${digest} is not there: ${blob} does not exist\nhelp: Build it again, which the cache makes quick, or name another run with --record.\n`,
    );
  });

  test('goes into a page and a summary, with the sizes and their history', async ({rig}) => {
    await writeRecordedImage(rig.folder, 'cpu', layers);
    const args = ['sizes', '--why', '--html', 'out/page.html', '--markdown', 'out/summary.md'];
    expect(await rig.run(args)).toMatchObject({exitCode: 0, stderr: ''});
    const page = (await rig.read('out/page.html')) ?? '';
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('downloads and wheels kept by pip');
    expect(await rig.read('out/summary.md')).toContain('### Image sizes of 1.2.3');
    const printed = await rig.run(['sizes', '--markdown', '-']);
    expect(printed.stdout).toBe(await rig.read('out/summary.md'));
  });

  test('goes with nothing that shows something else', async ({rig}) => {
    await fails(
      rig,
      ['--why', '--history'],
      2,
      "error: option '--why' cannot be used with option '--history'\nhelp: see `build-matrix sizes --help`\n",
    );
    await fails(
      rig,
      ['--why', '--against', 'previous', '--json'],
      2,
      'error: --json is either of --why or of --against\nhelp: run the command twice\n',
    );
  });
});
