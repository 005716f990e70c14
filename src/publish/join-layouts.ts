import {z} from 'zod';

import {descriptor} from '../docker/descriptor.ts';
import {digestOf} from '../docker/stored-manifest.ts';
import type {PublishFailed} from '../events/failure.ts';
import type {LayoutPublication} from '../plan/publication.ts';
import type {Files} from '../ports/files.ts';
import type {Descriptor} from '../ports/images.ts';
import type {PublicationEnd} from './publication-end.ts';
import {removeOldBlobs} from './old-blobs.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';

const document = z.object({
  mediaType: z.string().default(''),
  manifests: z.array(descriptor).optional(),
  config: descriptor.optional(),
});
const configDocument = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});

/**
 * Joins the images of several OCI layouts to one index, in a layout of its own (image spec,
 * image-layout.md). Blobs are shared with the layouts of the targets where the file system can. The
 * layout's `index.json` is written last, so that it always names something whole.
 */
export async function joinLayouts(
  publication: LayoutPublication,
  digests: ReadonlyMap<string, string>,
  files: Files,
): Promise<PublicationEnd> {
  const {of, tag, folder, builds, annotations} = publication;
  const failed = (message: string): PublicationEnd => {
    const remedy = 'Build again: the layouts of its targets are not what they should be.';
    const failure: PublishFailed = {reason: 'publish-failed', of, message, remedy};
    return {outcome: 'failed', moves: [], failure};
  };
  try {
    const manifests: Descriptor[] = [];
    for (const build of builds) {
      const digest = digests.get(build.id);
      if (digest === undefined) return failed(`there is no image of ${build.id}`);
      manifests.push(...(await manifestsOf(build.folder, digest, files)));
      for (const name of await files.list(`${build.folder}/blobs/sha256`)) {
        const blob = `blobs/sha256/${name}`;
        await files.link(`${build.folder}/${blob}`, `${folder}/${blob}`);
      }
    }
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests,
      ...(Object.keys(annotations).length === 0 ? {} : {annotations}),
    });
    const bytes = new TextEncoder().encode(text);
    const digest = digestOf(bytes);
    const before = await digestIn(folder, files);
    await files.writeAtomic(blobFile(folder, digest), text);
    await files.writeAtomic(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
    await files.writeAtomic(`${folder}/index.json`, layoutIndex(digest, bytes.length, tag));
    await removeOldBlobs(files, folder);
    const outcome = before === digest ? 'unchanged' : 'published';
    return {outcome, moves: [{reference: folder, before, after: digest}], failure: null};
  } catch (error) {
    return failed(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function layoutIndex(digest: string, size: number, tag: string): string {
  const named = {'org.opencontainers.image.ref.name': tag};
  const manifests = [{mediaType: indexType, digest, size, annotations: named}];
  return JSON.stringify({schemaVersion: 2, mediaType: indexType, manifests});
}

/** The manifests of an image: those of its index, attestations too, or the single one with its platform. */
async function manifestsOf(
  folder: string,
  digest: string,
  files: Files,
): Promise<readonly Descriptor[]> {
  const text = await readBlob(folder, digest, files);
  const {manifests, config, mediaType} = document.parse(JSON.parse(text));
  if (manifests !== undefined) return manifests;
  const {os, architecture, variant} = configDocument.parse(
    JSON.parse(await readBlob(folder, config?.digest ?? '', files)),
  );
  const platform = {os, architecture, ...(variant === undefined ? {} : {variant})};
  return [{mediaType, digest, size: new TextEncoder().encode(text).length, platform}];
}

async function readBlob(folder: string, digest: string, files: Files): Promise<string> {
  const text = await files.readText(blobFile(folder, digest));
  if (text === undefined) throw new Error(`${digest} is not in ${folder}`);
  return text;
}

const blobFile = (folder: string, digest: string): string =>
  `${folder}/blobs/sha256/${digest.replace(/^sha256:/u, '')}`;

/** The digest that the layout holds now; null when there is none. */
async function digestIn(folder: string, files: Files): Promise<string | null> {
  const text = await files.readText(`${folder}/index.json`);
  if (text === undefined) return null;
  const parsed = z.object({manifests: z.array(descriptor)}).safeParse(JSON.parse(text) as unknown);
  return parsed.data?.manifests[0]?.digest ?? null;
}
