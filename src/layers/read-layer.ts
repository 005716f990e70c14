import {createHash} from 'node:crypto';
import {Readable, Transform, Writable, type Duplex} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import {extract, type Header} from 'tar-stream';

import {err, ok, type Result} from '../model/result.ts';
import {compressionOf} from './layer-types.ts';
import {cutAtFrames} from './zstd-frames.ts';

/** One entry of a layer (opencontainers/image-spec layer.md). */
export interface LayerEntry {
  /** Without a leading `./` or `/`. Of a whiteout: what it deletes; of an opaque: the folder. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other' | 'whiteout' | 'opaque';
  /** Content in bytes as archived, which is less than its length for a sparse file; 0 for all but files. */
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

/** Takes the content of a file, piece by piece. */
export interface ContentReader {
  data(piece: Uint8Array): void;
  end(): void;
}

export interface LayerReading {
  /**
   * Told of every entry; gives what takes the content of a file, which is passed over otherwise. Without it
   * the archive is not taken apart, which is quicker.
   */
  readonly onEntry?: (entry: LayerEntry) => ContentReader | undefined;
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
  if (!decoder.ok) {
    await closeUnread(stored, signal);
    return decoder;
  }
  const compressed = createMeter();
  const archive = createMeter();
  const stages: Duplex[] = [compressed.stream, ...decoder.value, archive.stream];
  const sink = onEntry === undefined ? new Writable({write: drop}) : entriesOf(onEntry);
  try {
    await pipeline(
      [Readable.from(untilAborted(stored, signal), {objectMode: false}), ...stages, sink],
      {
        ...(signal && {signal}),
      },
    );
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

/** What nobody begins to read keeps its connection or its process open. */
async function closeUnread(
  stored: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pieces = untilAborted(stored, signal);
  try {
    await pieces.next();
    await pieces.return(undefined);
  } catch {
    // It has closed itself.
  }
}

/** The same pieces. An abort ends the wait for the next one, whether or not their source listens to it. */
async function* untilAborted(
  stored: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const pieces = stored[Symbol.asyncIterator]();
  let stop = (): void => undefined;
  const onAbort = (): void => {
    stop();
  };
  signal?.addEventListener('abort', onAbort, {once: true});
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        stop = () => {
          reject(new Error('aborted'));
        };
        pieces.next().then(resolve, reject);
      });
      if (next.done === true) return undefined;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a source that is stuck does not answer to this either.
    void pieces.return?.().catch(() => undefined);
  }
}

/** Why layers of this type are not read, in one sentence; null when they are. */
export function whyNotRead(mediaType: string): string | null {
  const decoder = decoderOf(mediaType);
  return decoder.ok ? null : decoder.error;
}

function decoderOf(mediaType: string): Result<readonly Duplex[], string> {
  if (/foreign|nondistributable/u.test(mediaType)) {
    return err(`the layer is kept outside the registry (${mediaType})`);
  }
  switch (compressionOf(mediaType)) {
    case 'gzip':
      return ok([createGunzip()]);
    case 'zstd':
      // It came with Node 22.15 and 23.8.
      return typeof (createZstdDecompress as unknown) === 'function'
        ? ok([cutAtFrames(), createZstdDecompress()])
        : err('the layer is compressed with zstd, which this Node cannot read: use 22.15 or newer');
    case 'none':
      return ok([]);
    case undefined:
      return err(`layers of type ${mediaType} cannot be read`);
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

/** Archives of before POSIX have no magic number; the checksum of a header is looked at in any case. */
const formats: Parameters<typeof extract>[0] & {readonly allowUnknownFormat: boolean} = {
  allowUnknownFormat: true,
};

/** Tells the entries of a tar archive. */
function entriesOf(onEntry: NonNullable<LayerReading['onEntry']>): Writable {
  const archive = extract(formats);
  archive.on('entry', (header, content, next) => {
    const entry = entryOf(header);
    const reader = entry === undefined ? undefined : onEntry(entry);
    content.on('end', () => {
      reader?.end();
      next();
    });
    // What breaks the archive breaks the entry too; the pipeline tells of it.
    content.on('error', () => undefined);
    if (reader === undefined) content.resume();
    else
      content.on('data', (piece) => {
        reader.data(piece as Uint8Array);
      });
  });
  return archive as unknown as Writable;
}

const opaqueMarker = '.wh..wh..opq';
const whiteoutPrefix = '.wh.';

/** Of a type that tar-stream does not know (GNU's sparse file is one) it is a file, as POSIX wants. */
const kinds: Readonly<Record<string, LayerEntry['kind']>> = {
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  fifo: 'other',
  'character-device': 'other',
  'block-device': 'other',
};

function entryOf({name, type, size, linkname, pax}: Header): LayerEntry | undefined {
  // GNU tar's sparse files in PAX format stand under a name of tar's own.
  const {'GNU.sparse.name': sparseName} = (pax ?? {}) as Readonly<Record<string, string>>;
  const archived = sparseName ?? name;
  const path = archived.replace(/^(?:\.?\/)+/u, '').replace(/\/+$/u, '');
  if (path === '' || path === '.') return undefined;
  const at = path.lastIndexOf('/') + 1;
  const base = path.slice(at);
  if (base === opaqueMarker)
    return {path: path.slice(0, Math.max(0, at - 1)), kind: 'opaque', bytes: 0};
  if (base.startsWith(whiteoutPrefix)) {
    const name = base.slice(whiteoutPrefix.length);
    // Of AUFS's own; or a name that no file can have, which deletes nothing.
    if (name.startsWith(whiteoutPrefix) || ['', '.', '..'].includes(name)) return undefined;
    return {path: path.slice(0, at) + name, kind: 'whiteout', bytes: 0};
  }
  // Before POSIX a folder was a file whose name ends so.
  const kind = kinds[type] ?? (archived.endsWith('/') ? 'directory' : 'file');
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
  if (/unexpected end of data|invalid (?:tar )?header|header exceeds/iu.test(error.message)) {
    return `its tar archive is broken: ${error.message}`;
  }
  return error.message;
}
