import {Transform} from 'node:stream';

/** What the format asks for next: bytes to look at (few), bytes to pass over, or the end of a frame. */
type Step = {readonly see: number} | {readonly pass: number} | 'frame-end';

const frameMagic = 0xfd2fb528;
/** The last four bits are free. */
const skippableMagic = 0x184d2a50;
const runLength = 1;

/**
 * Passes zstd data on in pieces that end where a frame ends. Node's decoder takes what stands in one
 * piece after the end of a frame for the end of all data, and would leave it out without a word; layers
 * made for lazy pulling (zstd:chunked) and by parallel compressors have many frames.
 */
export function cutAtFrames(): Transform {
  const format = frames();
  let step = format.next(Buffer.of()).value;
  let seen = Buffer.of();
  let passed = 0;

  return new Transform({
    // A stream of bytes may put pieces together again.
    readableObjectMode: true,
    readableHighWaterMark: 1,
    transform(chunk: Buffer, _encoding, done) {
      let start = 0;
      let at = 0;
      try {
        for (;;) {
          if (step === 'frame-end') {
            this.push(chunk.subarray(start, at));
            start = at;
            step = format.next(Buffer.of()).value;
          } else if ('see' in step) {
            const piece = chunk.subarray(at, at + step.see - seen.length);
            seen = Buffer.concat([seen, piece]);
            at += piece.length;
            if (seen.length < step.see) break;
            step = format.next(seen).value;
            seen = Buffer.of();
          } else {
            const length = Math.min(step.pass - passed, chunk.length - at);
            passed += length;
            at += length;
            if (passed < step.pass) break;
            step = format.next(Buffer.of()).value;
            passed = 0;
          }
        }
        if (start < chunk.length) this.push(chunk.subarray(start));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** The format of RFC 8878, section 3.1, as far as the lengths of its parts. */
function* frames(): Generator<Step, never, Buffer> {
  for (;;) {
    const magic = (yield {see: 4}).readUInt32LE();
    if (magic - (magic % 16) === skippableMagic) {
      yield {pass: (yield {see: 4}).readUInt32LE()};
    } else if (magic === frameMagic) {
      const descriptor = (yield {see: 1}).readUInt8();
      yield {pass: restOfHeader(descriptor)};
      for (let last = false; !last;) {
        const block = (yield {see: 3}).readUIntLE(0, 3);
        last = (block & 1) === 1;
        yield {pass: ((block >> 1) & 3) === runLength ? 1 : block >> 3};
      }
      const hasChecksum = (descriptor & 4) !== 0;
      yield {pass: hasChecksum ? 4 : 0};
    } else {
      throw new Error('no zstd frame begins where one should');
    }
    yield 'frame-end';
  }
}

/** Bytes of the frame header after its descriptor. */
function restOfHeader(descriptor: number): number {
  const isSingleSegment = (descriptor & 32) !== 0;
  const window = isSingleSegment ? 0 : 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return window + dictionary + contentSize;
}
