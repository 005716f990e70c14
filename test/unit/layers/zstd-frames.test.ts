import {Readable} from 'node:stream';
import {zstdCompressSync} from 'node:zlib';

import fc from 'fast-check';
import {expect, test} from 'vitest';

import {cutAtFrames} from '../../../src/layers/zstd-frames.ts';

const checksum = {params: {[201]: 1}};

async function cut(bytes: Buffer, size: number): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  const output = Readable.from(pieces, {objectMode: false}).pipe(cutAtFrames());
  return (await output.toArray()) as Buffer[];
}

/** A frame that decoders pass over. */
function skippable(content: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a53);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

const frame = fc.oneof(
  fc.uint8Array({maxLength: 2000}).map((content) => zstdCompressSync(content)),
  // Runs of one byte, and blocks that are compressed.
  fc.nat({max: 300_000}).map((length) => zstdCompressSync(Buffer.alloc(length, 7), checksum)),
  fc.uint8Array({maxLength: 50}).map(skippable),
);

test('however the bytes come, no piece goes beyond the end of a frame', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, {minLength: 1, maxLength: 5}),
      fc.integer({min: 1, max: 500}),
      async (frames, size) => {
        const pieces = await cut(Buffer.concat(frames), size);
        expect(Buffer.concat(pieces)).toEqual(Buffer.concat(frames));
        const ends = new Set<number>();
        pieces.reduce((at, piece) => {
          ends.add(at + piece.length);
          return at + piece.length;
        }, 0);
        frames.reduce((at, {length}) => {
          expect(ends).toContain(at + length);
          return at + length;
        }, 0);
      },
    ),
    {numRuns: 50},
  );
});

test('what is no frame is told', async () => {
  const bytes = Buffer.concat([zstdCompressSync('a'), Buffer.from('rest')]);
  await expect(cut(bytes, 100)).rejects.toThrow('no zstd frame begins where one should');
});
