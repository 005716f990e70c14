import {Readable} from 'node:stream';

import type {ImageReadFailure, Images, StoredManifest} from '../../src/ports/images.ts';
import {err, ok} from '../../src/model/result.ts';

/** Manifests, and image configurations, by `repository@digest` or `repository:tag`. */
export interface FakeImages extends Images {
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  put(reference: string, manifest: StoredManifest): void;
  putBlob(reference: string, bytes: Uint8Array): void;
  /** From now on this reference answers with a failure. */
  fail(reference: string, failure: ImageReadFailure): void;
}

/** Answers `not-found`, as a registry does, for what it does not hold. */
export function createFakeImages(): FakeImages {
  const manifests = new Map<string, StoredManifest>();
  const blobs = new Map<string, Uint8Array>();
  const failures = new Map<string, ImageReadFailure>();
  const asked: string[] = [];
  const read: Images['manifest'] = async (repository, reference, signal) => {
    const name = `${repository}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`;
    asked.push(name);
    await Promise.resolve();
    if (signal?.aborted === true) return err({kind: 'unreachable', message: 'aborted'});
    const failure = failures.get(name);
    if (failure !== undefined) return err(failure);
    const manifest = manifests.get(name);
    return manifest === undefined
      ? err({kind: 'not-found', message: `${name}: not found`})
      : ok(manifest);
  };
  return {
    asked,
    put(reference, manifest) {
      manifests.set(reference, manifest);
    },
    putBlob(reference, bytes) {
      blobs.set(reference, bytes);
    },
    fail(reference, failure) {
      failures.set(reference, failure);
    },
    manifest: read,
    async config(repository, digest, signal) {
      const document = await read(repository, digest, signal);
      return document.ok ? ok(document.value.json) : document;
    },
    async blob(repository, digest, signal) {
      const name = `${repository}@${digest}`;
      asked.push(name);
      await Promise.resolve();
      if (signal?.aborted === true) return err({kind: 'unreachable', message: 'aborted'});
      const failure = failures.get(name);
      if (failure !== undefined) return err(failure);
      const bytes = blobs.get(name);
      return bytes === undefined
        ? err({kind: 'not-found', message: `${name}: not found`})
        : ok(Readable.from([bytes]));
    },
  };
}
