import {join} from 'node:path';
import {z} from 'zod';
import {
  digestPattern,
  invalid,
  isReference,
  largestManifest,
  storedManifest,
} from '../docker/stored-manifest.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';

const index = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      mediaType: z.string().optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/**
 * Images of OCI layout folders (opencontainers/image-spec image-layout.md); `repository` is the
 * folder. A tag is an `org.opencontainers.image.ref.name` of its index.json.
 */
export function createLayoutImages(files: Files): Images {
  return {
    async manifest(folder, reference) {
      const isDigest = digestPattern.test(reference);
      const name = `${folder}${isDigest ? '@' : ':'}${reference}`;
      if (!isReference(reference)) return invalid(`${name} is neither a tag nor a digest`);
      if (isDigest) return readBlob(files, folder, name, reference);
      const file = join(folder, 'index.json');
      const text = await files.readText(file).then(ok, unreadable(file));
      if (!text.ok) return text;
      if (text.value === undefined)
        return notFound(`${folder} holds no OCI layout: it has no index.json`);
      const parsed = parseIndex(text.value);
      if (parsed === undefined) return invalid(`${file} is not an OCI index`);
      const named = parsed.manifests.filter(
        ({annotations}) => annotations?.['org.opencontainers.image.ref.name'] === reference,
      );
      // BuildKit replaces a name's entry in place; another writer may append.
      const found = named.at(-1);
      if (found === undefined) return notFound(`${name} is not there: the layout has no such name`);
      return readBlob(files, folder, name, found.digest, found.mediaType);
    },

    async config(folder, digest) {
      const document = await readBlob(files, folder, `${folder}@${digest}`, digest);
      return document.ok ? ok(document.value.json) : document;
    },

    async blob(folder, digest) {
      const path = blobFile(folder, digest);
      if (path === undefined) return invalid(`${folder}: ${digest} is no digest`);
      const bytes = await files.readStream(path).then(ok, unreadable(path));
      if (!bytes.ok) return bytes;
      return bytes.value === undefined
        ? notFound(`${folder}@${digest} is not there: ${path} does not exist`)
        : ok(bytes.value);
    },
  };
}

async function readBlob(
  files: Files,
  folder: string,
  name: string,
  digest: string,
  mediaType?: string,
): ReturnType<Images['manifest']> {
  const path = blobFile(folder, digest);
  if (path === undefined) return invalid(`${name}: ${digest} is no digest`);
  const bytes = await files.readBytes(path, largestManifest + 1).then(ok, unreadable(path));
  if (!bytes.ok) return bytes;
  const {value} = bytes;
  if (value === undefined) return notFound(`${name} is not there: ${path} does not exist`);
  if (value.length > largestManifest) return invalid(`${name} is too large for a manifest (8 MiB)`);
  return storedManifest(name, value, digest, mediaType);
}

function blobFile(folder: string, digest: string): string | undefined {
  const [, algorithm, hex] = digestPattern.exec(digest) ?? [];
  if (algorithm === undefined || hex === undefined) return undefined;
  return join(folder, 'blobs', algorithm, hex);
}

function parseIndex(text: string): z.infer<typeof index> | undefined {
  try {
    return index.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function notFound(message: string): Result<never, ImageReadFailure> {
  return err({kind: 'not-found', message});
}

/** What the file system says of a file that is there, such as that it may not be read. */
const unreadable =
  (path: string) =>
  (error: unknown): Result<never, ImageReadFailure> => {
    const reason = error instanceof Error ? error.message : String(error);
    return err({kind: 'unreachable', message: `${path} cannot be read: ${reason}`});
  };
