import {canonicalJson} from '../plan/fingerprint.ts';
import {isRemote} from '../plan/paths.ts';
import type {Files} from '../ports/files.ts';
import type {ReadContext} from './context-inputs.ts';
import type {ImageDigests} from './image-digests.ts';
import {partHash} from './part-hash.ts';
import type {ContextContent} from './walk-context.ts';

/** Readers that ask for each thing once, for all targets of a plan. */
export interface SourceReaders {
  readonly images: ImageDigests;
  readonly contexts: ReadContext;
  readonly files: Pick<Files, 'readText'>;
}

/** What is known of one source of a build. */
export interface SourcePart {
  readonly name: string;
  /** sha256 in hex; absent when it cannot be told, and then `unproved` says why. */
  readonly hash?: string;
  readonly content?: ContextContent;
  readonly unproved?: string;
}

/** An image, by the digest that its reference has now. */
export async function imagePart(
  name: string,
  reference: string,
  {images}: SourceReaders,
): Promise<SourcePart> {
  const digest = await images(reference);
  return digest.ok
    ? {name, hash: partHash(digest.value)}
    : {name, unproved: `what ${reference} is now cannot be told: ${digest.error}`};
}

const image = 'docker-image://';
const layout = 'oci-layout://';

/**
 * The build context, or a named one, by its value on the command line. `dockerfile` is null for a named
 * context, which only its own `.dockerignore` cuts down.
 */
export async function contextPart(
  name: string,
  value: string,
  readers: SourceReaders & {readonly dockerfile: string | null},
): Promise<SourcePart> {
  if (value === `${image}scratch`) return {name, hash: partHash(value)};
  if (value.startsWith(image)) return imagePart(name, value.slice(image.length), readers);
  if (value.startsWith(layout)) return layoutPart(name, value.slice(layout.length), readers);
  if (isRemote(value)) {
    return {name, unproved: `BuildKit fetches \`${value}\`, which may hold anything by now`};
  }
  const content = await readers.contexts(value, readers.dockerfile);
  return content.ok
    ? {name, hash: content.value.hash, content: content.value}
    : {name, unproved: content.error};
}

/** `PATH[:TAG][@DIGEST]`: by its digest, or by the whole index of the layout. */
async function layoutPart(
  name: string,
  value: string,
  {files}: SourceReaders,
): Promise<SourcePart> {
  const [place = '', digest] = value.split('@');
  if (digest !== undefined) return {name, hash: partHash(digest)};
  const tagAt = place.lastIndexOf(':');
  const folder = tagAt > place.lastIndexOf('/') ? place.slice(0, tagAt) : place;
  const index = await files.readText(`${folder}/index.json`).catch(() => undefined);
  return index === undefined
    ? {name, unproved: `\`${folder}/index.json\` cannot be read`}
    : {name, hash: partHash(canonicalJson([place.slice(folder.length), index]))};
}
