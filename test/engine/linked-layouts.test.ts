import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {afterAll, beforeAll, expect, test} from 'vitest';

import {realCommand, type RealCommand} from '../rig/real-command.ts';

const matrix = `version: 1
images:
  svc:
    targets:
      t: {dockerfile: T, platforms: [linux/amd64, linux/arm64]}
      app:
        dockerfile: App
        platforms: [linux/amd64, linux/arm64]
        contexts: {"busybox:1.36": "target:t"}
      whole:
        dockerfile: App
        contexts: {base: "target:t"}
`;
const files = {
  'matrix.yml': matrix,
  salt: 'first',
  T: 'FROM busybox:1.36\nCOPY salt /salt\n',
  App: 'FROM busybox:1.36 AS base\nCOPY App /app\nFROM base\nCOPY salt /again\n',
};

let command: RealCommand;
beforeAll(async () => {
  command = await realCommand(files);
});
afterAll(() => command.close());

interface Manifest {
  readonly manifests?: readonly {readonly digest: string}[];
  readonly config?: {readonly digest: string};
  readonly layers?: readonly {readonly digest: string}[];
}

/** The blobs of a target's layout, and those among them that its index does not reach. */
async function blobsOf(name: string): Promise<{all: readonly string[]; unreached: string[]}> {
  const layout = join(command.folder, 'out/svc', name);
  const all = await readdir(join(layout, 'blobs/sha256'));
  const reached = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    const text = await readFile(join(layout, path), 'utf8');
    const {manifests = [], config, layers = []} = JSON.parse(text) as Manifest;
    for (const {digest} of [...manifests, ...layers, ...(config ? [config] : [])]) {
      reached.add(digest.slice(7));
    }
    for (const {digest} of manifests) await visit(`blobs/sha256/${digest.slice(7)}`);
  };
  await visit('index.json');
  expect(all).toEqual(expect.arrayContaining([...reached]));
  return {all, unreached: all.filter((blob) => !reached.has(blob))};
}

test('layouts that are built anew hold what their index needs, and nothing else', async () => {
  const build = async (salt: string) => {
    await writeFile(join(command.folder, 'salt'), salt);
    expect(await command.run(['build', '--output', 'out'])).toMatchObject({exitCode: 0});
    return Promise.all(['t', 'app', 'whole'].map(blobsOf));
  };
  const first = await build('first');
  const second = await build('second');
  expect([...first, ...second].flatMap(({unreached}) => unreached)).toEqual([]);
  // Each was really built anew, over what the first build had left.
  for (const [at, {all}] of second.entries()) expect(first[at]?.all).not.toEqual(all);
});

test('a base that is a target is told by its id; of a stage that is one, why it has no sizes', async () => {
  const record = await command.record();
  const platformsOf = (name: string) =>
    record.targets.find((target) => target.name === name)?.platforms ?? [];
  const layersOfT = platformsOf('t').map(({compressedBytes}) => compressedBytes);
  expect(
    platformsOf('app').map(({stages}) => {
      const [base] = stages ?? [];
      return [base?.from, (base?.totalBytes ?? 0) - (base?.addedBytes ?? 0)];
    }),
  ).toEqual(layersOfT.map((bytes) => ['svc/t', bytes]));
  expect(
    platformsOf('whole').map(({stages, stagesUnknownBecause}) => [stages, stagesUnknownBecause]),
  ).toEqual([[null, 'the named context `base` takes the place of the stage `base`']]);
});
