import {createHash} from 'node:crypto';
import {Readable, Transform, Writable, type Duplex} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import {extract, type Header} from 'tar-stream';

import {err, ok, type Result} from '../model/result.ts';

/** One entry of a layer (opencontainers/image-spec layer.md). */
export interface LayerEntry {
  /** Without a leading `./` or `/`. Of a whiteout: what it deletes; of an opaque: the folder. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other' | 'whiteout' | 'opaque';
  /** Content in bytes; 0 for all but files. */
  readonly bytes: number;
  readonly linkTarget?: string;
}

export interface LayerFacts {
  /** sha256 of the bytes as stored, `sha256:<hex>`: what a manifest names. */
  readonly digest: string;
  /** sha256 of the tar archive in it: what an image configuration names (`rootfs.diff_ids`). */
  readonly diffId: string;
  /** As stored. */
  readonly bytes: number;
  /** Of the tar archive. */
  readonly unpackedBytes: number;
}

export interface LayerReading {
  /** Without it the archive is not taken apart, which is quicker. */
  readonly onEntry?: (entry: LayerEntry) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a layer to its end in a few hundred kilobytes of memory, whatever it holds. The error is a
 * sentence: an unknown kind of layer, broken bytes, or an abort. That the layer is the right one is
 * for the caller to see, by its digest and diff id.
 */
export async function readLayer(
  stored: AsyncIterable<Uint8Array>,
  mediaType: string,
  {onEntry, signal}: LayerReading = {},
): Promise<Result<LayerFacts, string>> {
  const decoder = decoderOf(mediaType);
  if (!decoder.ok) return decoder;
  const compressed = createMeter();
  const archive = createMeter();
  const stages: Duplex[] = [compressed.stream, ...decoder.value, archive.stream];
  const sink = onEntry === undefined ? new Writable({write: drop}) : entriesOf(onEntry);
  try {
    await pipeline([Readable.from(stored, {objectMode: false}), ...stages, sink], {
      ...(signal && {signal}),
    });
  } catch (error) {
    return err(signal?.aborted === true ? 'the reading was stopped' : troubleOf(error));
  }
  return ok({
    digest: compressed.digest(),
    diffId: archive.digest(),
    bytes: compressed.bytes(),
    unpackedBytes: archive.bytes(),
  });
}

/** How layers of each kind are compressed; `undefined` is not at all. */
const compressions = new Map<string, 'gzip' | 'zstd' | undefined>([
  ['application/vnd.oci.image.layer.v1.tar', undefined],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', undefined],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
]);

function decoderOf(mediaType: string): Result<readonly Duplex[], string> {
  if (/foreign|nondistributable/u.test(mediaType)) {
    return err(`the layer is kept outside the registry (${mediaType})`);
  }
  if (!compressions.has(mediaType)) return err(`layers of type ${mediaType} cannot be read`);
  switch (compressions.get(mediaType)) {
    case 'gzip':
      return ok([createGunzip()]);
    case 'zstd':
      // It came with Node 22.15 and 23.8.
      return typeof (createZstdDecompress as unknown) === 'function'
        ? ok([createZstdDecompress()])
        : err('the layer is compressed with zstd, which this Node cannot read: use 22.15 or newer');
    case undefined:
      return ok([]);
  }
}

interface Meter {
  readonly stream: Transform;
  digest(): string;
  bytes(): number;
}

/** Passes bytes on, counted and hashed. */
function createMeter(): Meter {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    stream: new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    }),
    digest: () => `sha256:${hash.digest('hex')}`,
    bytes: () => bytes,
  };
}

function drop(_chunk: unknown, _encoding: string, done: () => void): void {
  done();
}

/** Tells the entries of a tar archive; their contents are passed over. */
function entriesOf(onEntry: (entry: LayerEntry) => void): Writable {
  const archive = extract();
  archive.on('entry', (header, content, next) => {
    content.on('end', next);
    // What breaks the archive breaks the entry too; the pipeline tells of it.
    content.on('error', () => undefined);
    content.resume();
    const entry = entryOf(header);
    if (entry !== undefined) onEntry(entry);
  });
  return archive as unknown as Writable;
}

const opaqueMarker = '.wh..wh..opq';
const whiteoutPrefix = '.wh.';

/** Others, of which tar-stream tells no type at all, are `other`. */
const kinds: Readonly<Record<string, LayerEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

function entryOf({name, type, size, linkname}: Header): LayerEntry | undefined {
  const path = name.replace(/^(?:\.?\/)+/u, '').replace(/\/+$/u, '');
  if (path === '' || path === '.') return undefined;
  const at = path.lastIndexOf('/') + 1;
  const base = path.slice(at);
  if (base === opaqueMarker)
    return {path: path.slice(0, Math.max(0, at - 1)), kind: 'opaque', bytes: 0};
  if (base.startsWith(whiteoutPrefix)) {
    const deleted = path.slice(0, at) + base.slice(whiteoutPrefix.length);
    return {path: deleted, kind: 'whiteout', bytes: 0};
  }
  const kind = kinds[type] ?? 'other';
  return {
    path,
    kind,
    bytes: kind === 'file' ? size : 0,
    ...(linkname ? {linkTarget: linkname} : {}),
  };
}

function troubleOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (/^Z_|^ZSTD_|^ERR_ZLIB|^ERR__ZSTD/u.test(code) || /zstd/iu.test(error.message)) {
    return `its compressed data is broken: ${error.message}`;
  }
  if (/unexpected end of data|invalid tar header/iu.test(error.message)) {
    return `its tar archive is broken: ${error.message}`;
  }
  return error.message;
}
