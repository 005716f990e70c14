/**
 * The two messages of containerd's `Content.Read` (api/services/content/v1/content.proto), as gRPC
 * frames: a byte that says whether it is compressed, four of length, and the message in protobuf.
 */

const headerBytes = 5;
const lengthDelimited = 2;
const varint = 0;

/** Frame of `ReadContentRequest {digest = 1}`: the whole blob. */
export function readRequest(digest: string): Uint8Array {
  const text = Buffer.from(digest);
  const message = Buffer.concat([Buffer.from([(1 << 3) | lengthDelimited, text.length]), text]);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Takes frames of `ReadContentResponse {offset = 1; data = 2}` apart, wherever they are cut. */
export function createGrpcFrames(): {
  /** The data of every message that `bytes` completes. Throws on what is no such frame. */
  push(bytes: Uint8Array): readonly Uint8Array[];
} {
  let pieces: Uint8Array[] = [];
  let held = 0;
  /** Bytes of the frame that is being read, header included. */
  let wanted = headerBytes;

  return {
    push(bytes) {
      const found: Uint8Array[] = [];
      pieces.push(bytes);
      held += bytes.length;
      while (held >= wanted) {
        const all = pieces.length === 1 ? Buffer.from(pieces[0] ?? bytes) : Buffer.concat(pieces);
        if (all[0] !== 0) throw new Error('a compressed gRPC message, which was not asked for');
        const frame = headerBytes + all.readUInt32BE(1);
        if (all.length < frame) {
          pieces = [all];
          wanted = frame;
          break;
        }
        found.push(dataOf(all.subarray(headerBytes, frame)));
        pieces = [all.subarray(frame)];
        held -= frame;
        wanted = headerBytes;
      }
      return found;
    },
  };
}

/** Field 2 of the message; empty without one. */
function dataOf(message: Buffer): Uint8Array {
  let at = 0;
  let data = message.subarray(0, 0);
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new Error('a gRPC message that is cut short');
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = number();
    const kind = tag & 7;
    if (kind === varint) {
      number();
    } else if (kind === lengthDelimited) {
      const length = number();
      if (at + length > message.length) throw new Error('a gRPC message that is cut short');
      if (tag >> 3 === 2) data = message.subarray(at, at + length);
      at += length;
    } else {
      throw new Error(`a field of kind ${kind} in a gRPC message`);
    }
  }
  return data;
}
