import {createHash, randomBytes} from 'node:crypto';
import {buffer} from 'node:stream/consumers';
import {gzipSync, zstdCompressSync} from 'node:zlib';

import fc from 'fast-check';
import {pack, type Header} from 'tar-stream';
import {expect, test} from 'vitest';

import {readLayer, type LayerEntry} from '../../../src/layers/read-layer.ts';

type Item = Partial<Header> & Pick<Header, 'name'> & {readonly content?: string | Uint8Array};

async function archive(...items: readonly Item[]): Promise<Buffer> {
  const tar = pack();
  for (const {content, ...header} of items) tar.entry(header, content ?? '');
  tar.finalize();
  return buffer(tar);
}

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** In pieces, as a network gives them. */
async function* pieces(bytes: Uint8Array, size = 700): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
    await Promise.resolve();
  }
}

async function read(bytes: Uint8Array, mediaType: string) {
  const entries: LayerEntry[] = [];
  const result = await readLayer(pieces(bytes), mediaType, {
    onEntry(entry) {
      entries.push(entry);
      return undefined;
    },
  });
  return {result, entries};
}

const oci = 'application/vnd.oci.image.layer.v1.tar';

test.each([
  [oci, (tar: Buffer) => tar],
  [`${oci}+gzip`, (tar: Buffer) => gzipSync(tar)],
  [`${oci}+zstd`, (tar: Buffer) => zstdCompressSync(tar)],
  // Two frames, as zstd:chunked has them.
  [
    'application/vnd.docker.image.rootfs.diff.tar.zstd',
    (tar: Buffer) =>
      Buffer.concat([zstdCompressSync(tar.subarray(0, 600)), zstdCompressSync(tar.subarray(600))]),
  ],
  // Two members, as pigz and estargz write them.
  [
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
    (tar: Buffer) => Buffer.concat([gzipSync(tar.subarray(0, 600)), gzipSync(tar.subarray(600))]),
  ],
])('a layer of type %s tells its digests, its sizes and its entries', async (mediaType, packed) => {
  const tar = await archive(
    {name: './srv/', type: 'directory'},
    {name: 'srv/app.py', content: 'print()\n'},
    {name: '/srv/blob', content: randomBytes(100_000)},
    {name: 'srv/link', type: 'symlink', linkname: 'app.py'},
    {name: 'srv/hard', type: 'link', linkname: 'srv/app.py'},
    {name: 'dev/fifo', type: 'fifo'},
    {name: 'srv/.wh.old'},
    {name: 'var/cache/.wh..wh..opq'},
    {name: `srv/${'long/'.repeat(60)}name`, content: 'x'},
  );
  const stored = packed(tar);
  const {result, entries} = await read(stored, mediaType);
  expect(result).toEqual({
    ok: true,
    value: {
      digest: sha256(stored),
      diffId: sha256(tar),
      bytes: stored.length,
      unpackedBytes: tar.length,
    },
  });
  expect(entries).toEqual([
    {path: 'srv', kind: 'directory', bytes: 0},
    {path: 'srv/app.py', kind: 'file', bytes: 8},
    {path: 'srv/blob', kind: 'file', bytes: 100_000},
    {path: 'srv/link', kind: 'symlink', bytes: 0, linkTarget: 'app.py'},
    {path: 'srv/hard', kind: 'hardlink', bytes: 0, linkTarget: 'srv/app.py'},
    {path: 'dev/fifo', kind: 'other', bytes: 0},
    {path: 'srv/old', kind: 'whiteout', bytes: 0},
    {path: 'var/cache', kind: 'opaque', bytes: 0},
    {path: `srv/${'long/'.repeat(60)}name`, kind: 'file', bytes: 1},
  ]);
});

test('whiteouts of nothing, and those of AUFS, delete nothing', async () => {
  const names = ['a/.wh.', '.wh..', 'a/.wh...', '.wh..wh.plnk', '.wh..wh.aufs', '.wh..hidden'];
  const tar = await archive(...names.map((name) => ({name})));
  const {entries} = await read(tar, oci);
  expect(entries).toEqual([{path: '.hidden', kind: 'whiteout', bytes: 0}]);
});

test('the content of a file goes to what was given for its entry, to the end', async () => {
  const content = randomBytes(300_000);
  const tar = await archive(
    {name: 'passed', content: 'x'},
    {name: 'wanted', content},
    {name: 'empty', content: ''},
  );
  const taken: string[] = [];
  const result = await readLayer(pieces(tar), oci, {
    onEntry({path}) {
      if (path === 'passed') return undefined;
      const got: Uint8Array[] = [];
      return {
        data(piece) {
          got.push(Uint8Array.from(piece));
        },
        end() {
          taken.push(`${path} ${sha256(Buffer.concat(got))}`);
        },
      };
    },
  });
  expect(result).toMatchObject({ok: true, value: {diffId: sha256(tar)}});
  expect(taken).toEqual([`wanted ${sha256(content)}`, `empty ${sha256(Buffer.of())}`]);
});

/** A header as tar writes it, for what `pack` cannot write. */
function header(name: string, size: number, type: string, magic = 'ustar\0' + '00'): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name);
  bytes.write(size.toString(8).padStart(11, '0'), 124);
  bytes.write(`        ${type}`, 148);
  bytes.write(magic, 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
const block = (text: string): Buffer => Buffer.concat([Buffer.from(text)], 512);
const end = Buffer.alloc(1024);
const gnuMagic = 'ustar  \0';
const long = 'g'.repeat(150);

test.each<[string, readonly Buffer[], readonly LayerEntry[]]>([
  [
    'a long name as GNU tar writes it',
    [header('././@LongLink', 151, 'L', gnuMagic), block(long), header('g', 1, '0'), block('x')],
    [{path: long, kind: 'file', bytes: 1}],
  ],
  [
    'a sparse file of GNU tar',
    [header('sparse', 3, 'S', gnuMagic), block('abc'), header('next', 1, '0'), block('x')],
    [
      {path: 'sparse', kind: 'file', bytes: 3},
      {path: 'next', kind: 'file', bytes: 1},
    ],
  ],
  [
    'a sparse file in PAX format',
    [
      header('x', 27, 'x'),
      block('27 GNU.sparse.name=srv/big\n'),
      header('GNUSparseFile.12/big', 3, '0'),
      block('abc'),
    ],
    [{path: 'srv/big', kind: 'file', bytes: 3}],
  ],
  [
    'an archive of before POSIX',
    [header('srv/', 0, '\0', ''), header('srv/old', 2, '\0', ''), block('ab')],
    [
      {path: 'srv', kind: 'directory', bytes: 0},
      {path: 'srv/old', kind: 'file', bytes: 2},
    ],
  ],
])('%s is read', async (_, blocks, entries) => {
  const {result, entries: found} = await read(Buffer.concat([...blocks, end]), oci);
  expect(result.ok).toBe(true);
  expect(found).toEqual(entries);
});

test('a name without end is no reason to hold it all', async () => {
  const {result} = await read(Buffer.concat([header('x', 2 ** 32, 'x'), end]), oci);
  expect(result).toEqual({ok: false, error: 'its tar archive is broken: Header exceeds max size'});
});

test('without a listener the archive is only measured', async () => {
  const bytes = randomBytes(5000);
  const result = await readLayer(pieces(gzipSync(bytes)), `${oci}+gzip`);
  expect(result).toMatchObject({value: {diffId: sha256(bytes), unpackedBytes: 5000}});
});

test.each([
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'the layer is kept outside'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'the layer is kept outside'],
  [`${oci}+encrypted`, `layers of type ${oci}+encrypted cannot be read`],
])('a layer of type %s is not guessed at', async (mediaType, message) => {
  const {result} = await read(Buffer.from('x'), mediaType);
  expect(result.ok ? '' : result.error).toContain(message);
});

test('what is not read is closed all the same', async () => {
  let closed = false;
  async function* source(): AsyncIterable<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(new Uint8Array(10));
    } finally {
      closed = true;
    }
  }
  await readLayer(source(), `${oci}+encrypted`);
  expect(closed).toBe(true);
});

test('broken bytes are told, not thrown', async () => {
  const tar = await archive({name: 'a', content: randomBytes(20_000)});
  const error = async (bytes: Uint8Array, mediaType: string) => {
    const {result} = await read(bytes, mediaType);
    return result.ok ? 'fine' : result.error;
  };
  const gzip = gzipSync(tar);
  expect(await error(gzip.subarray(0, 9000), `${oci}+gzip`)).toContain('compressed data is broken');
  expect(await error(tar, `${oci}+gzip`)).toContain('its compressed data is broken');
  expect(await error(tar, `${oci}+zstd`)).toContain('its compressed data is broken');
  expect(await error(tar.subarray(0, 9000), oci)).toContain('its tar archive is broken');
  expect(await error(randomBytes(4096), oci)).toContain('its tar archive is broken');
});

test('a stream that breaks off gives its reason', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(new Uint8Array(10));
    throw new Error('connection reset');
  }
  expect(await readLayer(broken(), oci)).toEqual({ok: false, error: 'connection reset'});
});

test('an abort ends it', async () => {
  const stop = new AbortController();
  async function* endless(): AsyncIterable<Uint8Array> {
    for (let count = 0; ; count += 1) {
      if (count === 5) stop.abort();
      yield await Promise.resolve(new Uint8Array(512));
    }
  }
  const result = await readLayer(endless(), oci, {signal: stop.signal});
  expect(result).toEqual({ok: false, error: 'the reading was stopped'});
});

test('an abort ends it even when the source is stuck', async () => {
  const stop = new AbortController();
  async function* stuck(): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(new Uint8Array(512));
    setImmediate(() => {
      stop.abort();
    });
    await new Promise(() => undefined);
  }
  const result = await readLayer(stuck(), oci, {signal: stop.signal});
  expect(result).toEqual({ok: false, error: 'the reading was stopped'});
});

test('any bytes give facts or a sentence', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({maxLength: 3000}),
      fc.constantFrom(oci, `${oci}+gzip`, `${oci}+zstd`),
      async (bytes, mediaType) => {
        const {result} = await read(bytes, mediaType);
        const told = result.ok ? result.value.digest === sha256(bytes) : result.error !== '';
        expect(told).toBe(true);
      },
    ),
    {numRuns: 200},
  );
});
