import {createHash} from 'node:crypto';

/** sha256 of a text or of bytes, in hex. */
export function partHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
