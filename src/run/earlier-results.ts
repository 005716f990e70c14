import {z} from 'zod';

import type {FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {Files} from '../ports/files.ts';
import {attemptFile} from '../records/file-attempt.ts';

export interface EarlierResults {
  /** Puts the images of the earlier build back in their place, for a build that made none. */
  restore(): Promise<void>;
}

/**
 * Takes away what an earlier build of the target left, so that it can never be mistaken for the
 * result of this one: the metadata file, and the index of each layout folder, to which BuildKit would
 * add. The blobs stay until the build has succeeded: they are named by their content, and most will be
 * needed again.
 */
export async function setEarlierResultsAside(
  files: Files,
  target: PlannedTarget,
): Promise<Result<EarlierResults, FileUnusable>> {
  const indexes = new Map<string, string>();
  for (const path of target.layouts.map((folder) => `${folder}/index.json`)) {
    const index = await attemptFile(path, () => files.readText(path));
    if (!index.ok) return index;
    if (index.value !== undefined) indexes.set(path, index.value);
  }
  for (const path of [target.metadataFile, ...indexes.keys()]) {
    const removed = await attemptFile(path, () => files.remove(path));
    if (!removed.ok) return err(removed.error);
  }
  return ok({
    async restore() {
      for (const [path, text] of indexes) {
        // What cannot be put back is no failure of this build, which has one of its own.
        await attemptFile(path, () => files.writeAtomic(path, text));
      }
    },
  });
}

const blobName = /^[0-9a-f]{64}$/u;
const anyDigest = /sha256:([0-9a-f]{64})/gu;

/**
 * Removes the blobs of a layout that its index does not reach: what earlier builds of the target left,
 * as BuildKit only ever adds. Only files under `blobs/sha256` whose name is a digest are looked at, and
 * none is removed unless the index and every manifest in it can be read. What cannot be removed stays:
 * that is no failure of the build.
 */
export async function removeOldBlobs(files: Files, folder: string): Promise<void> {
  const blobs = `${folder}/blobs/sha256`;
  await attemptFile(folder, async () => {
    const reached = new Set<string>();
    const open = [`${folder}/index.json`];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const text = await files.readText(path);
      if (text === undefined) return;
      // Whatever else a manifest names, such as its `subject`, is kept too.
      for (const [, name = ''] of text.matchAll(anyDigest)) reached.add(name);
      for (const {digest} of manifestsIn(text))
        open.push(`${blobs}/${digest.slice('sha256:'.length)}`);
    }
    for (const name of await files.list(blobs)) {
      if (blobName.test(name) && !reached.has(name)) await files.remove(`${blobs}/${name}`);
    }
  });
}

/** Entries of an index; none of a manifest. Throws on what is not JSON. */
function manifestsIn(text: string): readonly {readonly digest: string}[] {
  return indexDocument.parse(JSON.parse(text)).manifests;
}

const indexDocument = z.object({
  manifests: z.array(z.object({digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u)})).default([]),
});
