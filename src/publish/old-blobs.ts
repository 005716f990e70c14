import {z} from 'zod';

import type {Files} from '../ports/files.ts';
import {attemptFile} from '../records/file-attempt.ts';

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
