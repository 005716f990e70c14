import {largestManifest} from '../docker/stored-manifest.ts';

/** All of the bytes; undefined when they are more than any manifest may have. Rejects when they break off. */
export async function manifestBytes(
  pieces: AsyncIterable<Uint8Array>,
): Promise<Buffer | undefined> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    kept.push(piece);
    length += piece.length;
    if (length > largestManifest) return undefined;
  }
  return Buffer.concat(kept);
}
