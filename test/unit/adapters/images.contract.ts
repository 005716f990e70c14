import {createHash} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Images} from '../../../src/ports/images.ts';

/** One place that images can be read from, with an image in it. */
export interface ImagesUnderTest {
  readonly images: Images;
  /** Name of a repository (or folder) in that place. */
  readonly repository: string;
  /** Puts bytes there, under a tag too when one is given. */
  put(bytes: Uint8Array, tag?: string): void | Promise<void>;
  /** Puts bytes under a digest that is not theirs; absent where the place itself refuses that. */
  readonly putCorrupt?: (bytes: Uint8Array, digest: string) => void | Promise<void>;
  close(): void | Promise<void>;
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const indexType = 'application/vnd.oci.image.index.v1+json';
const index = {schemaVersion: 2, mediaType: indexType, manifests: []};
// Not as JSON.stringify would write it: the digest is that of the bytes, not of the document.
const indexBytes = new TextEncoder().encode(JSON.stringify(index, null, 3));
const configBytes = new TextEncoder().encode('{"architecture": "arm64", "name": "é"}');
const missing = `sha256:${'0'.repeat(64)}`;

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  for await (const piece of pieces) collected.push(piece);
  return Buffer.concat(collected);
}

/** What every `Images` does, real or fake. */
export function imagesContract(name: string, open: () => Promise<ImagesUnderTest>): void {
  describe(`images: ${name}`, () => {
    let place: ImagesUnderTest;
    beforeEach(async () => {
      place = await open();
      await place.put(indexBytes, 'v1.4');
      await place.put(configBytes);
    });
    afterEach(() => place.close());

    const stored = {
      ok: true,
      value: {digest: digestOf(indexBytes), mediaType: indexType, json: index},
    };

    test('a manifest is read by its digest', async () => {
      const {images, repository} = place;
      expect(await images.manifest(repository, digestOf(indexBytes))).toEqual(stored);
    });

    test('a manifest is read by a tag', async () => {
      const {images, repository} = place;
      expect(await images.manifest(repository, 'v1.4')).toEqual(stored);
    });

    test('a configuration is read by its digest', async () => {
      const {images, repository} = place;
      expect(await images.config(repository, digestOf(configBytes))).toEqual({
        ok: true,
        value: {architecture: 'arm64', name: 'é'},
      });
    });

    test('what is not there is not found', async () => {
      const {images, repository} = place;
      expect(await images.manifest(repository, missing)).toMatchObject({
        ok: false,
        error: {kind: 'not-found'},
      });
      expect(await images.config(repository, missing)).toMatchObject({
        ok: false,
        error: {kind: 'not-found'},
      });
    });

    test('a blob is read as it is stored', async () => {
      const {images, repository} = place;
      const blob = await images.blob(repository, digestOf(configBytes));
      const bytes = blob.ok ? await collect(blob.value) : blob.error.message;
      expect(bytes).toEqual(Buffer.from(configBytes));
      expect(await images.blob(repository, missing)).toMatchObject({
        ok: false,
        error: {kind: 'not-found'},
      });
    });

    test('bytes that are not what their digest says are refused', async () => {
      const {images, repository, putCorrupt} = place;
      await putCorrupt?.(new TextEncoder().encode('{}'), missing);
      expect(await images.manifest(repository, missing)).toMatchObject({
        ok: false,
        error: {kind: putCorrupt === undefined ? 'not-found' : 'invalid'},
      });
    });
  });
}
