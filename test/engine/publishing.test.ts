import {createHash} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type Ended, type RealCommand} from '../rig/real-command.ts';

const registry = (): string => engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const unique = `publish-${process.pid.toString(36)}-${Date.now().toString(36)}`;

const matrix = (): string => `version: 1
registries:
  one: {type: oci, url: "http://${registry()}", namespace: ${unique}/one}
  two: {type: oci, url: "http://${registry()}", namespace: ${unique}/two}
defaults: {registries: [one, two]}
images:
  face:
    targets:
      cpu: {dockerfile: Cpu, platforms: [linux/amd64, linux/arm64], tags: ["{version}", latest]}
      cuda: {dockerfile: Cuda, platforms: [linux/amd64], tags: ["{version}-cuda"]}
      jetson: {dockerfile: Jetson, platforms: [linux/arm64], tags: ["{version}-jetson"]}
    indexes:
      "{version}-gpu": {targets: [cuda, jetson], annotations: {org.example.by: us}}
`;
const dockerfile = (name: string): string =>
  `FROM busybox:1.36\nCOPY salt /\nRUN echo ${name} > /name\n`;

interface Manifest {
  readonly mediaType: string;
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: {readonly architecture: string};
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a tag of one of the two repositories holds, asked of the registry itself. */
async function held(namespace: string, tag: string): Promise<[string, Manifest] | null> {
  const url = `http://${registry()}/v2/${unique}/${namespace}/face/manifests/${tag}`;
  const accept =
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(url, {headers: {accept}});
  if (answer.status === 404) return null;
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return [digest, JSON.parse(bytes.toString()) as Manifest];
}

const digestOf = async (namespace: string, tag: string): Promise<string | undefined> =>
  (await held(namespace, tag))?.[0];

let command: RealCommand;
beforeAll(async () => {
  command = await realCommand({
    'matrix.yml': matrix(),
    salt: 'first',
    Cpu: dockerfile('cpu'),
    Cuda: dockerfile('cuda'),
    Jetson: dockerfile('jetson'),
  });
});
afterAll(() => command.close());

/** What it said; throws that when it did not end well. */
function succeeded(ended: Ended): Ended {
  if (ended.exitCode === 0) return ended;
  throw new Error(`exit code ${String(ended.exitCode)}: ${ended.stderr}`);
}

const push = (version: string, ...more: readonly string[]) =>
  command.run(['build', '--push', '--image-version', version, '--progress', 'plain', ...more]);

describe('tags move together', () => {
  test('when all has succeeded: in every registry, to the very images that were built', async () => {
    succeeded(await push('1.0'));
    const {targets, publications = []} = await command.record();
    for (const namespace of ['one', 'two']) {
      expect(await digestOf(namespace, '1.0')).toBe(targets[0]?.digest);
      expect(await digestOf(namespace, 'latest')).toBe(targets[0]?.digest);
      expect(await digestOf(namespace, '1.0-cuda')).toBe(targets[1]?.digest);
    }
    expect(publications.map(({of, outcome}) => `${of} ${outcome}`)).toEqual(
      ['face/cpu', 'face/cpu', 'face/cuda', 'face/cuda', 'face/jetson', 'face/jetson']
        .concat('face:1.0-gpu', 'face:1.0-gpu')
        .map((of) => `${of} published`),
    );
  });

  test('an index gives each machine the image of its own Dockerfile, attestations kept', async () => {
    const [, index] = (await held('one', '1.0-gpu')) ?? [];
    const {targets} = await command.record();
    const digests = new Map(targets.map(({name, platforms}) => [name, platforms[0]?.digest]));
    const ofPlatform = (architecture: string) =>
      index?.manifests?.find(({platform}) => platform?.architecture === architecture)?.digest;
    expect(ofPlatform('amd64')).toBe(digests.get('cuda'));
    expect(ofPlatform('arm64')).toBe(digests.get('jetson'));
    const attested = index?.manifests?.map(
      ({annotations}) => annotations?.['vnd.docker.reference.digest'],
    );
    expect(attested).toEqual(expect.arrayContaining([digests.get('cuda'), digests.get('jetson')]));
    expect(index?.annotations).toEqual({'org.example.by': 'us'});
  });

  test('not at all when one target fails, and the next run goes on from what is there', async () => {
    const before = await digestOf('one', 'latest');
    await writeFile(join(command.folder, 'salt'), 'second');
    await writeFile(join(command.folder, 'Jetson'), `${dockerfile('jetson')}RUN false\n`);
    const failed = await push('2.0');
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain('Not published, since not everything succeeded');
    expect(await digestOf('one', 'latest')).toBe(before);
    for (const tag of ['2.0', '2.0-cuda', '2.0-gpu']) expect(await held('two', tag)).toBe(null);

    await writeFile(join(command.folder, 'Jetson'), dockerfile('jetson'));
    succeeded(await push('2.0'));
    const {targets} = await command.record();
    expect(await digestOf('two', 'latest')).toBe(targets[0]?.digest);
    expect(await digestOf('two', 'latest')).not.toBe(before);
    expect(await held('two', '2.0-gpu')).not.toBe(null);
  });

  test('not at all when an image is over its budget, unless that is only to be told', async () => {
    const before = await digestOf('one', 'latest');
    const limited = 'tags: ["{version}", latest], budget: {compressed: 1kB}';
    await writeFile(
      join(command.folder, 'matrix.yml'),
      matrix().replace('tags: ["{version}", latest]', limited),
    );
    await writeFile(join(command.folder, 'salt'), 'large');
    const over = await push('2.1');
    expect(over.exitCode).toBe(4);
    expect(over.stdout).toContain('Not published, since an image is over its budget');
    expect(await digestOf('one', 'latest')).toBe(before);
    expect(await held('two', '2.1-gpu')).toBe(null);
    const again = await push('2.1');
    expect([again.exitCode, await held('two', '2.1-gpu')]).toEqual([4, null]);

    succeeded(await push('2.1', '--warn-only'));
    expect(await digestOf('one', 'latest')).toBe((await command.record()).targets[0]?.digest);
    await writeFile(join(command.folder, 'matrix.yml'), matrix());
  });

  test('a part of the platforms is pushed by its digest, and takes no tag from the others', async () => {
    const before = await digestOf('one', 'latest');
    await writeFile(join(command.folder, 'salt'), 'third');
    const {stderr} = succeeded(await push('2.0', 'cpu', '--platform', 'arm64'));
    expect(stderr).toContain(
      '`face/cpu` is built without linux/amd64: it is pushed by digest, and its tags stay as they are',
    );
    expect(await digestOf('one', 'latest')).toBe(before);
    const {targets} = await command.record();
    expect(await digestOf('two', targets[0]?.digest ?? '')).toBe(targets[0]?.digest);
  });
});

test.each(['default', 'bm-nodes'])(
  'builder %s: tags and the index are those of what was built',
  async (builder) => {
    const version = `3.0-${builder}`;
    await writeFile(join(command.folder, 'salt'), version);
    succeeded(await push(version, '--builder', builder));
    const {targets} = await command.record();
    const [, cpu] = (await held('two', version)) ?? [];
    const platforms = targets.filter(({name}) => name === 'cpu').flatMap((one) => one.platforms);
    expect(platforms.map(({platform}) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    const digests = cpu?.manifests?.map(({digest}) => digest);
    expect(digests).toEqual(expect.arrayContaining(platforms.map(({digest}) => digest)));
    const [, index] = (await held('one', `${version}-gpu`)) ?? [];
    const architectures = index?.manifests?.map(({platform}) => platform?.architecture);
    expect(architectures).toEqual(expect.arrayContaining(['amd64', 'arm64']));
  },
);

test('without a registry an index is an OCI layout of its own', async () => {
  succeeded(await command.run(['build', '-o', 'out', '--image-version', '4']));
  const folder = join(command.folder, 'out/indexes/face/4-gpu');
  const read = async (path: string): Promise<Manifest> =>
    JSON.parse(await readFile(join(folder, path), 'utf8')) as Manifest;
  const [entry] = (await read('index.json')).manifests ?? [];
  expect(entry?.annotations).toEqual({'org.opencontainers.image.ref.name': '4-gpu'});
  const blob = (digest = ''): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const {manifests = []} = await read(blob(entry?.digest));
  expect(manifests.map(({platform}) => platform?.architecture)).toEqual(['amd64', 'arm64']);
  for (const {digest} of manifests) {
    expect(await read(blob(digest))).toMatchObject({schemaVersion: 2});
  }
});
