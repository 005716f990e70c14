import {createHash} from 'node:crypto';
import {buffer} from 'node:stream/consumers';

import {pack} from 'tar-stream';
import {beforeEach, describe, expect, test} from 'vitest';

import type {StageSize} from '../../../src/docker/stage-sizes.ts';
import type {LayerRecord, PlatformRecord} from '../../../src/records/build-record.ts';
import {copiedFrom, sourceOf} from '../../../src/sizes/why-copies.ts';
import {readContents} from '../../../src/sizes/why-read.ts';
import type {Finding} from '../../../src/sizes/why-report.ts';
import type {ReadableLayer} from '../../../src/sizes/why-trace.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';

const mediaType = 'application/vnd.oci.image.layer.v1.tar';
const kB = 1000;

let images: FakeImages;
let beside: Map<string, ReadableLayer>;
beforeEach(() => {
  images = createFakeImages();
  beside = new Map();
});

/** Files by path: their size, and the letter that they are full of. */
type Files = Readonly<Record<string, readonly [bytes: number, letter: string]>>;

async function layerOf(files: Files): Promise<LayerRecord> {
  const archive = pack();
  for (const [name, [size, letter]] of Object.entries(files)) {
    archive.entry({name}, Buffer.alloc(size, letter));
  }
  archive.finalize();
  const bytes = await buffer(archive);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  images.putBlob(`repo@${digest}`, bytes);
  return {mediaType, digest, size: bytes.length, unpackedBytes: null};
}

type Line = readonly [line: number, text: string, files: Files];

/** A stage with a layer for each line. Those of stages that are not shipped are in the builder. */
async function stage(
  index: number,
  name: string,
  from: string,
  lines: readonly Line[],
  shipped = false,
): Promise<{readonly size: StageSize; readonly layers: readonly LayerRecord[]}> {
  const layers = await Promise.all(lines.map(([, , files]) => layerOf(files)));
  for (const layer of shipped ? [] : layers) {
    beside.set(layer.digest, {images, repository: 'repo', layer, diffId: layer.digest});
  }
  const size: StageSize = {
    ...{name, index, line: 1, from, shipped, layers: lines.length, unknownBecause: null},
    ...{addedBytes: 1, totalBytes: 1, addedUnpackedBytes: null, totalUnpackedBytes: null},
    instructions: lines.map(([line, text], position) => ({
      ...{line, text, addedBytes: 1, unpackedBytes: null},
      layer: layers[position]?.digest ?? null,
    })),
  };
  return {size, layers};
}

async function findingsOf(
  stages: readonly Awaited<ReturnType<typeof stage>>[],
): Promise<readonly Finding[]> {
  const layers = stages.flatMap((one) => (one.size.shipped ? one.layers : []));
  const platform: PlatformRecord = {
    ...{platform: 'linux/amd64', digest: 'sha256:00', layers, compressedBytes: 1},
    config: {mediaType: '', digest: 'sha256:11', size: 0},
    ...{unpackedBytes: null, unpackedUnknownBecause: null, stagesUnknownBecause: null},
    stages: stages.map(({size}) => size),
  };
  const json = {rootfs: {diff_ids: layers.map(({digest}) => digest)}};
  images.put('repo@sha256:11', {digest: '', mediaType: '', json});
  const read = await readContents({
    ...{images, repository: 'repo', target: 'app/cpu', platform, top: 5},
    stageLayers: () => Promise.resolve(beside),
    onBytes: () => undefined,
    signal: new AbortController().signal,
  });
  if (!read.ok) throw new Error(read.error.message);
  return read.value.findings;
}

const told = ({kind, place, madeBy, notTraced}: Finding): unknown => [
  ...[kind, place.line],
  madeBy?.map(({place, bytes}) => [place.origin, place.stage, place.line, bytes]) ?? notTraced,
];

const copy = (files: Files, text = 'COPY --from=builder /venv /opt/venv') =>
  stage(9, 'runtime', 'scratch', [[20, text, files]], true);

test('the line of the other stage that made the files, with what to change there', async () => {
  const builder = await stage(1, 'Builder', 'python:3.12', [
    [3, 'RUN python -m venv /venv', {'venv/a.pyc': [70 * kB, 'a'], 'venv/x': [9, 'x']}],
    [4, 'RUN pip install torch', {'venv/b.pyc': [90 * kB, 'b'], 'venv/small.pyc': [900, 's']}],
  ]);
  const runtime = await copy({
    'opt/venv/a.pyc': [70 * kB, 'a'],
    // Under another name.
    'opt/venv/renamed.pyc': [90 * kB, 'b'],
    'opt/venv/small.pyc': [900, 's'],
  });
  const [finding, ...others] = await findingsOf([builder, runtime]);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    ...{kind: 'bytecode', bytes: 160_900, place: {stage: 'runtime', line: 20}},
    madeBy: [
      {place: {stage: 'Builder', line: 4, instruction: 'RUN pip install torch'}, bytes: 90_000},
      {place: {stage: 'Builder', line: 3}, bytes: 70_000},
    ],
    remedy:
      'in line 4 of stage Builder: install with `pip install --no-compile` and PYTHONDONTWRITEBYTECODE=1, if a slower first start does not matter',
  });
});

test('through several stages, those that one starts from, and the base image', async () => {
  const stages = [
    await stage(0, 'fetch', 'scratch', [[2, 'COPY . /src', {'src/.git/a': [99 * kB, 'a']}]]),
    await stage(1, 'os', 'debian', [[5, 'RUN one', {'v/.git/b': [80 * kB, 'b']}]]),
    await stage(2, 'builder', 'os', [
      [8, 'COPY --from=fetch /src /v', {'v/.git/a': [99 * kB, 'a']}],
    ]),
  ];
  const runtime = await copy({
    ...{'r/.git/a': [99 * kB, 'a'], 'r/.git/b': [80 * kB, 'b'], 'r/.git/c': [70 * kB, 'c']},
  });
  const [finding] = await findingsOf([...stages, runtime]);
  expect(finding === undefined ? null : told(finding)).toEqual([
    ...['git-folders', 20],
    [
      ['stage', 'fetch', 2, 99_000],
      ['stage', 'os', 5, 80_000],
      ['base', 'builder', null, 70_000],
    ],
  ]);
  expect(finding?.remedy).toBe('in line 2 of stage fetch: add `**/.git` to .dockerignore');
});

test('what is only seen in a lower layer, or made by two instructions, is told of none', async () => {
  const builder = await stage(1, 'builder', 'debian', [
    [3, 'RUN one', {'v/a.pyc': [70 * kB, 'a'], 'v/b.pyc': [80 * kB, 'b'], 'w/c': [90 * kB, 'c']}],
    [4, 'RUN two', {'v/a.pyc': [70 * kB, 'z'], 'v/copy': [80 * kB, 'b'], '.wh.w': [0, ' ']}],
    [5, 'RUN three', {'v/a2.pyc': [70 * kB, 'a'], 'v/c.pyc': [90 * kB, 'c']}],
  ]);
  const runtime = await copy({
    ...{'r/a.pyc': [70 * kB, 'a'], 'r/b.pyc': [80 * kB, 'b'], 'r/c.pyc': [90 * kB, 'c']},
  });
  const [finding] = await findingsOf([builder, runtime]);
  expect(finding === undefined ? null : told(finding)).toEqual([
    ...['bytecode', 20],
    [['stage', 'builder', 5, 160_000]],
  ]);
});

test('a stage that is not there any more, or was never known, is told', async () => {
  const builder = await stage(1, 'builder', 'debian', [
    [3, 'RUN one', {'v/a.pyc': [70 * kB, 'a']}],
  ]);
  const runtime = await copy({'r/a.pyc': [70 * kB, 'a']});
  const unknown = {...builder.size, layers: null, unknownBecause: 'it was built without the cache'};
  expect((await findingsOf([{...builder, size: unknown}, runtime])).map(told)).toEqual([
    ['bytecode', 20, 'stage builder cannot be read: it was built without the cache'],
  ]);
  beside.clear();
  const [finding] = await findingsOf([builder, runtime]);
  expect(finding).toMatchObject({
    notTraced: 'the layers of stage builder are not in the builder any more: build it again',
    remedy: expect.stringMatching(/^it is copied from builder; there: install with/u) as string,
  });
});

test('a stage that is shipped too is read from the image; an image is not looked into', async () => {
  const os = await stage(0, 'os', 'scratch', [[2, 'RUN one', {'v/a.pyc': [70 * kB, 'a']}]], true);
  const text = 'COPY --link --from=0 /v /r';
  const runtime = await stage(1, 'runtime', 'os', [[4, text, {'r/a.pyc': [70 * kB, 'a']}]], true);
  expect((await findingsOf([os, runtime])).map(told)).toEqual([
    ['bytecode', 2, undefined],
    ['bytecode', 4, [['stage', 'os', 2, 70_000]]],
  ]);
  const image = await copy({'r/a.pyc': [70 * kB, 'a']}, 'COPY --from=python:3.12 /v /r');
  expect((await findingsOf([image])).map(told)).toEqual([['bytecode', 20, undefined]]);
});

describe('the source of a COPY', () => {
  test.each([
    ['COPY --from=a /x /y', 'a'],
    ['copy --chown=1 --from=B /x /y', 'B'],
    ['RUN cp --from=a /x', undefined],
    ['COPY a /y', undefined],
    [null, undefined],
  ])('%s', (instruction, from) => {
    expect(copiedFrom(instruction)).toBe(from);
  });

  test('is a stage above its own: the last of that name, or that number', async () => {
    const stages = await Promise.all(
      ['a', 'A', 'runtime', 'a'].map(async (name, index) => {
        const {size} = await stage(index, name, 'scratch', []);
        return size;
      }),
    );
    const from = (instruction: string) =>
      sourceOf({origin: 'stage', stage: 'runtime', line: 1, instruction}, stages)?.index;
    expect(from('COPY --from=a /x /y')).toBe(1);
    expect(from('COPY --from=0 /x /y')).toBe(0);
    expect(from('COPY --from=2 /x /y')).toBeUndefined();
    expect(from('COPY --from=debian /x /y')).toBeUndefined();
  });
});
