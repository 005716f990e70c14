import {createHash} from 'node:crypto';
import {buffer} from 'node:stream/consumers';
import {gunzipSync, gzipSync} from 'node:zlib';

import {pack} from 'tar-stream';
import {describe, expect, it} from 'vitest';

import type {LayerRecord, PlatformRecord} from '../../../src/records/build-record.ts';
import {layerOrigins} from '../../../src/sizes/why-origins.ts';
import {readContents} from '../../../src/sizes/why-read.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';

const gzipType = 'application/vnd.oci.image.layer.v1.tar+gzip';

async function layerOf(files: Readonly<Record<string, number>>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, size] of Object.entries(files)) archive.entry({name}, Buffer.alloc(size));
  archive.finalize();
  return gzipSync(await buffer(archive));
}

const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const nameOf = (layer: Uint8Array): string => `layer ${digestOf(layer).slice(7, 19)}`;

/** Diff ids of the layers that were made here, by their digests. */
const contents = new Map<string, string>();

function recordOf(bytes: Uint8Array): LayerRecord {
  const digest = digestOf(bytes);
  contents.set(digest, digestOf(gunzipSync(bytes)));
  return {mediaType: gzipType, digest, size: bytes.length, unpackedBytes: null};
}

/** A base image of one layer, and a stage whose RUN in line 2 made another. */
function platformOf([base, own]: readonly [LayerRecord, LayerRecord]): PlatformRecord {
  return {
    platform: 'linux/amd64',
    digest: 'sha256:00',
    config: {mediaType: '', digest: 'sha256:11', size: 0},
    layers: [base, own],
    compressedBytes: base.size + own.size,
    unpackedBytes: null,
    unpackedUnknownBecause: null,
    stages: [
      {
        ...{index: 0, line: 1, addedBytes: 1, totalBytes: 2, addedUnpackedBytes: null},
        ...{totalUnpackedBytes: null, unknownBecause: null},
        name: 'runtime',
        from: 'debian:12',
        shipped: true,
        layers: 1,
        instructions: [
          {line: 2, text: 'RUN make', addedBytes: 1, unpackedBytes: null, layer: own.digest},
          {line: 3, text: 'ENV A=b', addedBytes: 0, unpackedBytes: 0, layer: null},
        ],
      },
    ],
    stagesUnknownBecause: null,
  };
}

describe('readContents', () => {
  const read = async (
    stored: Readonly<Record<string, Uint8Array>>,
    platform: PlatformRecord,
    moreDiffIds: readonly string[] = [],
  ): Promise<{
    readonly bytes: number;
    readonly result: Awaited<ReturnType<typeof readContents>>;
  }> => {
    const images = createFakeImages();
    const archives = platform.layers.map(({digest}) => contents.get(digest) ?? '');
    const json = {rootfs: {diff_ids: [...archives, ...moreDiffIds]}};
    images.put(`repo@${platform.config.digest}`, {digest: '', mediaType: '', json});
    for (const [digest, bytes] of Object.entries(stored)) images.putBlob(`repo@${digest}`, bytes);
    let bytes = 0;
    const result = await readContents({
      images,
      repository: 'repo',
      target: 'app/cpu',
      platform,
      top: 5,
      onBytes: (count) => {
        bytes += count;
      },
      signal: new AbortController().signal,
    });
    return {bytes, result};
  };

  it('reads every layer from the base up, and tells the instruction of each', async () => {
    const base = await layerOf({'bin/sh': 100_000});
    const own = await layerOf({'tmp/x': 200_000, 'bin/sh': 50_000});
    const platform = platformOf([recordOf(base), recordOf(own)]);
    const {bytes, result} = await read({[digestOf(base)]: base, [digestOf(own)]: own}, platform);
    expect(bytes).toBe(platform.compressedBytes);
    expect(result).toMatchObject({
      ok: true,
      value: {
        target: 'app/cpu',
        platform: 'linux/amd64',
        bytes: 350_000,
        hiddenBytes: 100_000,
        stages: [
          {origin: 'base', from: 'debian:12', bytes: 100_000},
          {origin: 'stage', stage: 'runtime', bytes: 250_000},
        ],
        findings: [
          {kind: 'temporary-files', place: {stage: 'runtime', line: 2, instruction: 'RUN make'}},
          {kind: 'overwritten-later', place: {origin: 'base'}, hiddenBy: {line: 2}},
        ],
      },
    });
  });

  it('fails for a layer that is gone, broken, or holds other bytes', async () => {
    const base = await layerOf({a: 1});
    const own = await layerOf({b: 2});
    const platform = platformOf([recordOf(base), recordOf(own)]);
    const gone = await read({[digestOf(base)]: base}, platform);
    expect(gone.result).toEqual({
      ok: false,
      error: {
        kind: 'not-found',
        message: `${nameOf(own)} could not be read: repo@${digestOf(own)}: not found`,
      },
    });
    const short = await read(
      {[digestOf(base)]: base, [digestOf(own)]: own.subarray(0, 40)},
      platform,
    );
    expect(short.result).toMatchObject({ok: false, error: {kind: 'invalid'}});
    const other = await read({[digestOf(base)]: base, [digestOf(own)]: base}, platform);
    expect(other.result).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        message: `${nameOf(own)} could not be read: what came is not what the manifest names`,
      },
    });
  });

  it('fails for a layer that is not the one of the image configuration', async () => {
    const base = await layerOf({a: 1});
    const own = await layerOf({b: 2});
    const platform = platformOf([recordOf(base), recordOf(own)]);
    contents.set(digestOf(own), digestOf(base));
    const stored = {[digestOf(base)]: base, [digestOf(own)]: own};
    expect((await read(stored, platform)).result).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        message: `${nameOf(own)} is not the one that the image configuration names`,
      },
    });
    expect((await read(stored, platform, ['sha256:1'])).result).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        message: 'the image configuration does not name the diff ids of its layers',
      },
    });
  });

  it('fails for a layer that is kept elsewhere', async () => {
    const base = await layerOf({a: 1});
    const foreign = {
      ...recordOf(base),
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    };
    const {result} = await read({[digestOf(base)]: base}, platformOf([foreign, recordOf(base)]));
    expect(result).toMatchObject({
      ok: false,
      error: {
        kind: 'invalid',
        message: expect.stringContaining('the layer is kept outside the registry') as string,
      },
    });
  });
});

describe('layerOrigins', () => {
  const layers = [recordOf(gzipSync('a')), recordOf(gzipSync('b'))] as const;

  it('leaves lines out where instructions and layers do not fit', () => {
    const platform = platformOf([layers[1], layers[0]]);
    const swapped = {...platform, layers};
    expect(layerOrigins(swapped).map(({place}) => place)).toEqual([
      {origin: 'base', stage: null, line: null, instruction: null},
      {origin: 'stage', stage: 'runtime', line: null, instruction: null},
    ]);
  });

  it('knows nothing of layers when stages are not known', () => {
    const unknown = {...platformOf([...layers]), stages: null, stagesUnknownBecause: 'x'};
    expect(layerOrigins(unknown).map(({place}) => place.origin)).toEqual(['unknown', 'unknown']);
    const tooMany = platformOf([...layers]);
    const stages = (tooMany.stages ?? []).map((stage) => ({...stage, layers: 3}));
    expect(layerOrigins({...tooMany, stages})[0]?.place.origin).toBe('unknown');
  });
});
