import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';

import {pack} from 'tar-stream';

import type {BuildRecord} from '../../src/records/build-record.ts';
import {formatRecord} from '../../src/records/record-codec.ts';
import {latestFile, recordFileOf} from '../../src/records/state-folder.ts';

/** A layer: what made it, and its files with their bytes (`.wh.` files delete). */
export interface RecordedLayer {
  /** Line and text; absent for a layer of the base image. */
  readonly instruction?: readonly [line: number, text: string];
  readonly files: Readonly<Record<string, number>>;
}

const folderOf = (name: string): string => `.build-matrix/images/app/${name}`;

const sha256 = (content: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

/**
 * Leaves in `folder` what a run leaves that built the target `app/NAME` with these layers and a single
 * stage `runtime`: its record, the latest, and an OCI layout. Returns the record.
 */
export async function writeRecordedImage(
  folder: string,
  name: string,
  layers: readonly RecordedLayer[],
): Promise<BuildRecord> {
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), content);
  };
  const stored = await Promise.all(
    layers.map(async ({files}) => {
      const archive = pack();
      for (const [path, size] of Object.entries(files)) {
        archive.entry({name: path}, Buffer.alloc(size));
      }
      archive.finalize();
      const tar = await buffer(archive);
      const bytes = gzipSync(tar);
      const digest = sha256(bytes);
      await write(`${folderOf(name)}/blobs/${digest.replace(':', '/')}`, bytes);
      return {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size: bytes.length,
        unpackedBytes: tar.length,
        diffId: sha256(tar),
      };
    }),
  );
  const config = JSON.stringify({rootfs: {diff_ids: stored.map(({diffId}) => diffId)}});
  const configDigest = sha256(config);
  await write(`${folderOf(name)}/blobs/${configDigest.replace(':', '/')}`, config);
  const instructions = layers.flatMap(({instruction}, index) => {
    const layer = stored[index];
    if (instruction === undefined || layer === undefined) return [];
    const [line, text] = instruction;
    const {digest, size, unpackedBytes} = layer;
    return [{line, text, addedBytes: size, unpackedBytes, layer: digest}];
  });
  const sum = (bytes: readonly number[]): number => bytes.reduce((all, each) => all + each, 0);
  const compressedBytes = sum(stored.map(({size}) => size));
  const unpackedBytes = sum(stored.map((layer) => layer.unpackedBytes));
  const runId = '20260102-030405-678-1f9a3c';
  const record: BuildRecord = {
    schema: 1,
    runId,
    tool: '0.1.0',
    matrixFile: 'matrix.yml',
    planFingerprint: 'sha256:0',
    git: null,
    version: '1.2.3',
    engine: {docker: null, buildx: null, builders: []},
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:05:00.000Z',
    outcome: 'succeeded',
    targets: [
      {
        ...{id: `app/${name}`, image: 'app', name, axes: {}, outcome: 'succeeded', builder: null},
        output: {kind: 'oci', folder: folderOf(name)},
        tags: [`app:1.2.3-${name}`],
        ...{startedAt: null, durationMs: 0, digest: `sha256:${'a'.repeat(64)}`},
        platforms: [
          {
            platform: 'linux/amd64',
            digest: `sha256:${'b'.repeat(64)}`,
            config: {mediaType: 'x', digest: configDigest, size: config.length},
            layers: stored.map(({mediaType, digest, size, ...layer}) => {
              return {mediaType, digest, size, unpackedBytes: layer.unpackedBytes};
            }),
            compressedBytes,
            unpackedBytes,
            unpackedUnknownBecause: null,
            stages: [
              {
                ...{name: 'runtime', index: 0, line: 1, from: 'debian:12', shipped: true},
                addedBytes: sum(instructions.map(({addedBytes}) => addedBytes)),
                totalBytes: compressedBytes,
                addedUnpackedBytes: sum(instructions.map((each) => each.unpackedBytes)),
                totalUnpackedBytes: unpackedBytes,
                layers: instructions.length,
                instructions,
                unknownBecause: null,
              },
            ],
            stagesUnknownBecause: null,
          },
        ],
        steps: {total: 0, cached: 0},
        logFile: null,
        failure: null,
      },
    ],
  };
  await write(recordFileOf(runId), formatRecord(record));
  await write(latestFile, `${runId}\n`);
  return record;
}
