import {execFileSync} from 'node:child_process';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterAll, beforeAll, expect, test} from 'vitest';

import {readImage} from '../../src/docker/read-image.ts';
import type {ImageSizes, SizeReport} from '../../src/sizes/size-report.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';
import {build, images, registry} from './docker/real-builds.ts';

const repository = `${registry}/size-provenance`;
const platform = 'linux/amd64';
const nginx = `${registry}/docker.io/library/nginx:1.28.0-alpine`;

/** Made with other stages, another base and other instructions than the one of now. */
const earlier = `ARG BASE=nothing:1
FROM \${BASE} AS os
RUN head -c 50000 /dev/urandom > /os
FROM os AS tools
RUN head -c 20000 /dev/urandom > /tool
FROM os AS server
COPY --from=tools /tool /tool
RUN head -c 70000 /dev/urandom \\
    > /served
FROM server AS tests
RUN exit 1
`;
const now = `FROM busybox:1.36 AS runtime
RUN head -c 90000 /dev/urandom > /served
`;

let command: RealCommand;
const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    ...{cwd: command.folder, encoding: 'utf8'},
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** The commit whose Dockerfile is `earlier`. */
let commit: string;
beforeAll(async () => {
  command = await realCommand({
    Dockerfile: earlier.replace('ARG BASE=nothing:1\n', '').replace('${BASE}', 'busybox:1.36'),
    'matrix.yml': 'version: 1\nimages: {app: {targets: {main: {}}}}\n',
    '.gitignore': '.build-matrix\n',
  });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  commit = git('rev-parse', 'HEAD');
  await push('revision', '--provenance=false', '--label', revision(commit));
  await writeFile(join(command.folder, 'Dockerfile'), earlier);
  const base = ['--build-arg', 'BASE=busybox:1.36'];
  await push('max-v0.2', ...base, '--attest', 'type=provenance,mode=max,version=v0.2');
  await push('max-v1', ...base, '--attest', 'type=provenance,mode=max,version=v1');
  await push('min', '--build-arg', `BASE=${nginx}`, '--attest', 'type=provenance,mode=min');

  await writeFile(join(command.folder, 'Dockerfile'), now);
  const {exitCode, stderr} = await command.run(['build', '--push', '--registry', repository]);
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => command.close());

const revision = (of: string): string => `org.opencontainers.image.revision=${of}`;

/** As somebody does who does not know build-matrix. */
async function push(tag: string, ...args: readonly string[]): Promise<void> {
  const name = `${repository}/app:${tag}`;
  const output = ['--target', 'server', '--push', '--tag', name];
  const {exit} = await build(command.folder, [platform], ...output, ...args);
  if (exit.exitCode !== 0) throw new Error(`${tag} was not built`);
}

async function comparedWith(tag: string): Promise<ImageSizes> {
  const ended = await command.run(['sizes', '--against', `${repository}/app:${tag}`, '--json']);
  expect(ended).toMatchObject({exitCode: 0, stderr: ''});
  const [image] = (JSON.parse(ended.stdout) as SizeReport).images;
  if (image === undefined) throw new Error('no image');
  return image;
}

/** Compressed sizes of the layers in the registry. */
async function layersOf(tag: string): Promise<readonly number[]> {
  const read = await readImage({
    ...{images: images.push, repository: `${repository}/app`, reference: tag},
    platforms: [platform],
  });
  if (!read.ok) throw new Error(read.error.message);
  return read.value.platforms[0]?.layers.map(({size}) => size) ?? [];
}

test.each([
  ['max-v0.2', 'the Dockerfile in its provenance'],
  ['max-v1', 'the Dockerfile in its provenance'],
  ['revision', 'the Dockerfile of commit COMMIT (its label)'],
])('%s: the stages of then, to the byte, by %s', async (tag, told) => {
  const image = await comparedWith(tag);
  const [base = 0, os = 0, copied = 0, served = 0] = await layersOf(tag);
  expect(image.beforeToldBy).toBe(told.replace('COMMIT', commit.slice(0, 12)));
  expect(image.size.before?.compressed).toBe(base + os + copied + served);
  expect(image.base?.size.before?.compressed).toBe(base);
  // The very base image of now, which was read when it was built.
  expect(image.base?.size.before?.unpacked).toBe(image.base?.size.unpacked);
  expect(
    image.removed?.map(({name, shipped, added}) => [name, shipped, added.before?.compressed]),
  ).toEqual([
    ['os', true, os],
    ['tools', false, null],
    ['server', true, copied + served],
    ['tests', false, null],
  ]);
  expect(image.removed?.[2]?.instructions.map(({line, text}) => [line, text])).toEqual([
    [tag === 'revision' ? 6 : 7, 'COPY --from=tools /tool /tool'],
    [tag === 'revision' ? 7 : 8, 'RUN head -c 70000 /dev/urandom > /served'],
  ]);
});

test('mode=min: the base image of then, and what is above it', async () => {
  const image = await comparedWith('min');
  const [os = 0, copied = 0, served = 0, ...others] = (await layersOf('min')).toReversed();
  const base = others.reduce((sum, size) => sum + size, 0);
  expect(image.beforeToldBy).toBe(
    'its manifest and history, and the base image that its provenance names',
  );
  expect(image.base?.size.before?.compressed).toBe(base);
  // The image has one stage now.
  expect(image.stages[0]?.added.before?.compressed).toBe(os + copied + served);
  expect(image.cause).toContain(`base image changed from ${nginx} to `);
});

test('--unpacked reads from the registry what no build has read, with gzip and zstd layers', async () => {
  const {runId} = await command.record();
  const path = join(command.folder, `.build-matrix/runs/${runId}/record.json`);
  const known = await command.run(['sizes', '--json']);
  const text = await readFile(path, 'utf8');
  // As where the registry is far away, and nobody has read anything.
  await writeFile(path, text.replaceAll(/"(\w*[uU]npackedBytes)": \d+/gu, '"$1": null'));
  await rm(join(command.folder, '.build-matrix/layers.json'));
  expect(await command.run(['sizes', '--json', '--unpacked'])).toEqual(known);
  await writeFile(path, text);

  const name = `${repository}/app:zstd`;
  const zstd = 'compression=zstd,force-compression=true,oci-mediatypes=true';
  await writeFile(join(command.folder, 'Dockerfile'), earlier);
  const output = ['--target', 'server', '--output', `type=image,name=${name},push=true,${zstd}`];
  const max = ['--build-arg', 'BASE=busybox:1.36', '--attest', 'type=provenance,mode=max'];
  const {exit} = await build(command.folder, [platform], ...output, ...max);
  expect(exit.exitCode).toBe(0);
  const before = ({removed, size}: ImageSizes) =>
    [...(removed ?? []).map(({added}) => added), size].map((each) => each.before?.unpacked);
  // The same archives, compressed otherwise.
  expect(before(await comparedWith('zstd'))).toEqual(before(await comparedWith('max-v1')));
  expect(before(await comparedWith('zstd')).at(-1)).toBeGreaterThan(100_000);
});
