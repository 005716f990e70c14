import {randomBytes} from 'node:crypto';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterEach, expect, test} from 'vitest';

import type {PlatformRecord} from '../../src/records/build-record.ts';
import type {SizeReport} from '../../src/sizes/size-report.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const repository = `${registry}/size-comparison`;

const opened: RealCommand[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const dockerfile = `FROM busybox:1.36 AS base
ENV LANG=C.UTF-8
FROM base AS runtime
COPY requirements.txt /srv/
RUN --mount=type=cache,target=/cache head -c "$(cat /srv/requirements.txt)" /dev/urandom > /srv/packages
COPY app /srv/
`;

const matrix = (budget: string): string => `version: 1
images:
  app:
    targets:
      main: {tags: ["{version}-main"], budget: ${budget}}
`;

/** Random bytes cannot be compressed: as many go into the layer. */
const large = 300_000;

async function compareWith(command: RealCommand, against: string): Promise<SizeReport> {
  const ended = await command.run(['sizes', '--against', against, '--json']);
  expect(ended).toMatchObject({exitCode: 0});
  return JSON.parse(ended.stdout) as SizeReport;
}

/** What the instructions of the last stage add. */
function ownBytes({stages}: PlatformRecord): readonly (number | null)[] {
  return stages?.at(-1)?.instructions.map(({addedBytes}) => addedBytes) ?? [];
}

test('a changed requirement: its line, its bytes, and the budget that it exceeds', async () => {
  const command = await realCommand({
    'requirements.txt': '1000\n',
    app: 'the service\n',
    Dockerfile: dockerfile,
    'matrix.yml': matrix('{growth: 5%}'),
  });
  opened.push(command);
  const build = (version: string, ...more: readonly string[]) =>
    command.run(['build', '--push', '--registry', repository, '--image-version', version, ...more]);

  const first = await build('1.0.0');
  expect(first).toMatchObject({exitCode: 0});
  expect(first.stderr).toContain('there is no earlier build to compare it with');
  const before = (await command.record()).targets[0]?.platforms[0];

  await writeFile(join(command.folder, 'requirements.txt'), `${String(large)}\n`);
  const second = await build('1.1.0');
  expect(second.exitCode).toBe(4);
  expect(second.stderr).toContain('error: app/main (linux/amd64) has grown by');
  expect(second.stderr).toContain('requirements changed: line 4 (COPY requirements.txt /srv/)');
  expect(second.stderr).toContain('--> matrix.yml:5:');
  const now = (await command.record()).targets[0]?.platforms[0];
  if (before === undefined || now === undefined) throw new Error('nothing was measured');

  // From the record, and from nothing but the registry, by a tag, by a reference and by a digest.
  const byRecord = await compareWith(command, 'previous');
  const references = ['1.0.0', `${repository}/app:1.0.0-main`, before.digest];
  const byRegistry = await Promise.all(references.map((against) => compareWith(command, against)));
  for (const {images} of [byRecord, ...byRegistry]) {
    const [image] = images;
    expect(image?.size.compressed).toBe(now.compressedBytes);
    expect(image?.size.before?.compressed).toBe(before.compressedBytes);
    expect(image?.cause).toMatch(
      /^Requirements changed: line 4 \(COPY requirements.txt \/srv\/\), which line 5 \(RUN .*…\) installs \(\+299 kB\)$/u,
    );
    const stages = image?.stages.map(({name, added}) => [name, added.before?.compressed]);
    expect(stages).toEqual(before.stages?.map(({name, addedBytes}) => [name, addedBytes]));
    const runtime = image?.stages.at(-1)?.instructions;
    expect(runtime?.map(({text}) => text.split(' ')[0])).toEqual(['COPY', 'RUN', 'COPY']);
    // To the byte what each of the two builds measured.
    expect(runtime?.map(({size}) => size.compressed)).toEqual(ownBytes(now));
    expect(runtime?.map(({size}) => size.before?.compressed)).toEqual(ownBytes(before));
    expect((ownBytes(now)[1] ?? 0) - (ownBytes(before)[1] ?? 0)).toBeGreaterThan(large - 1000);
  }

  // What the log of sizes remembers when the runs are gone.
  await rm(join(command.folder, '.build-matrix/runs'), {recursive: true});
  const history = await command.run(['sizes', '--history', '--json']);
  expect(JSON.parse(history.stdout)).toMatchObject({
    trends: [
      {
        target: 'app/main',
        points: [
          {version: '1.0.0', compressed: before.compressedBytes},
          {version: '1.1.0', compressed: now.compressedBytes},
        ],
      },
    ],
  });
});

test('what a registry lacks, and an image that was built elsewhere', async () => {
  const command = await realCommand({
    'requirements.txt': '1000\n',
    app: 'the service\n',
    Dockerfile: dockerfile,
    'matrix.yml': matrix('{compressed: 1B}'),
  });
  opened.push(command);
  const push = ['build', '--push', '--registry', repository, '--image-version', '2.0.0'];
  expect(await command.run([...push, '--warn-only'])).toMatchObject({exitCode: 0});

  const missing = await command.run(['sizes', '--against', '0.9.0']);
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain(`${repository}/app:0.9.0-main`);
  expect(missing.stderr).toContain('is not in the registry');

  const elsewhere = `${registry}/docker.io/library/busybox:1.36`;
  const {images} = await compareWith(command, elsewhere);
  const [image] = images;
  expect(image?.size.before?.compressed).toBe(image?.base?.size.compressed);
  expect(image?.cause).toMatch(/^Several changes: |^Line /u);

  // On a machine that has no record of it, by nothing but the registry.
  const known = await command.run(['sizes', '--json']);
  // The mirror of the base image is a matter of the build.
  const mirrored = `"${registry}/docker.io/library/`;
  await rm(join(command.folder, '.build-matrix'), {recursive: true});
  const reference = `${repository}/app:2.0.0-main`;
  const checked = await command.run(['sizes', '--image', reference, '--check', '--json']);
  expect(checked.exitCode).toBe(4);
  expect(checked.stderr).toContain('error: app/main (linux/amd64) has ');
  const [here, there] = [known, checked].map(
    ({stdout}) => (JSON.parse(stdout.replaceAll(mirrored, '"')) as SizeReport).images[0],
  );
  expect(there).toEqual({...here, toldBy: 'Dockerfile as it is here'});

  const none = await command.run(['sizes', '--image', elsewhere, '--check', '--warn-only']);
  expect(none).toMatchObject({exitCode: 0});
  expect(none.stdout).toContain('Sizes of stages: no Dockerfile is known that made the image');
});

test('platforms that move between builders: the same budgets, growth, comparison and trend', async () => {
  const routes =
    'builders: [{platform: linux/arm64, builder: bm-two}, {platform: linux/amd64, builder: bm-one}]\n';
  const both = matrix('{compressed: 1B, growth: 1B}').replace(
    'main: {',
    'main: {platforms: [linux/amd64, linux/arm64], ',
  );
  const command = await realCommand({
    ...{'requirements.txt': '1000\n', app: '1\n', Dockerfile: dockerfile},
    'matrix.yml': routes + both,
  });
  opened.push(command);
  const build = async (app: string, file: string): Promise<string> => {
    await writeFile(join(command.folder, 'app'), app);
    await writeFile(join(command.folder, 'matrix.yml'), file);
    // What is refused for its budget is nothing to grow from.
    const push = ['build', '--push', '--warn-only', '--registry', `${registry}/size-moves`];
    const ended = await command.run(push);
    expect(ended.exitCode).toBe(0);
    return ended.stderr;
  };
  const grown = /warning: app\/main \((\S+)\) has grown by/gu;
  const platformsIn = (stderr: string): readonly string[] =>
    [...stderr.matchAll(grown)].map(([, platform = '']) => platform);

  expect(platformsIn(await build('1\n', routes + both))).toEqual([]);
  const ids = async () => (await command.record()).targets.map(({id}) => id);
  expect(await ids()).toEqual(['app/main@linux-amd64', 'app/main@linux-arm64']);
  // What cannot be compressed: a few bytes more or less would be chance.
  const text = randomBytes(5000).toString('hex');
  expect(platformsIn(await build(text, both))).toEqual(['linux/amd64', 'linux/arm64']);
  expect(await ids()).toEqual(['app/main']);
  expect(platformsIn(await build(text + randomBytes(5000).toString('hex'), routes + both))).toEqual(
    ['linux/amd64', 'linux/arm64'],
  );
  const {images} = await compareWith(command, 'previous');
  for (const {size} of images) expect(size.before?.compressed).toBeLessThan(size.compressed ?? 0);
  expect(images.map(({platform}) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
  const history = await command.run(['sizes', '--history', '--json']);
  expect(JSON.parse(history.stdout)).toMatchObject({
    trends: [{points: [{}, {}, {}]}, {points: [{}, {}, {}]}],
  });
});
