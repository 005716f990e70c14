import {openAsBlob} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError} from './errors.ts';

/** A reference to a blob, as OCI image layouts and manifests write it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The one image of a layout that `buildx build --output type=oci,tar=false` wrote. */
export async function layoutRoot(layout: string): Promise<Descriptor> {
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as Manifest;
  const [root] = index.manifests ?? [];
  if (root === undefined) {
    throw new EngineError(`the image layout ${layout} is empty`, {
      remedy: 'remove it and run up again',
    });
  }
  return root;
}

/** The digest behind a tag, undefined when there is none. */
export async function taggedDigest(
  registry: string,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: {accept: MANIFEST_TYPES},
    signal: AbortSignal.timeout(5_000),
  });
  return response.ok ? (response.headers.get('docker-content-digest') ?? undefined) : undefined;
}

/** Where a blob is already, so that the registry can mount it instead of taking it twice. */
export type KnownBlobs = Map<string, string>;

/**
 * Pushes a layout under a tag. Blobs first, then the manifests from the leaves to the root, so that
 * a push that dies leaves no tag with something missing.
 * @throws EngineError with the registry's answer
 */
export async function pushLayout(
  layout: string,
  registry: string,
  repository: string,
  tag: string,
  known: KnownBlobs,
): Promise<string> {
  const root = await layoutRoot(layout);
  const base = `http://${registry}/v2/${repository}`;

  const push = async (descriptor: Descriptor, reference: string): Promise<void> => {
    const text = await readFile(blobFile(layout, descriptor), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    for (const child of manifest.manifests ?? []) {
      await push(child, child.digest);
    }
    for (const blob of [
      ...(manifest.layers ?? []),
      ...(manifest.config === undefined ? [] : [manifest.config]),
    ]) {
      await pushBlob(layout, base, repository, blob, known);
    }
    await ask(`${base}/manifests/${reference}`, {
      method: 'PUT',
      headers: {'content-type': descriptor.mediaType},
      body: text,
    });
  };
  await push(root, tag);
  return root.digest;
}

async function pushBlob(
  layout: string,
  base: string,
  repository: string,
  blob: Descriptor,
  known: KnownBlobs,
): Promise<void> {
  const there = await fetch(`${base}/blobs/${blob.digest}`, {method: 'HEAD'});
  if (!there.ok) {
    const from = known.get(blob.digest);
    const query =
      from === undefined ? '' : `?mount=${blob.digest}&from=${encodeURIComponent(from)}`;
    const opened = await ask(`${base}/blobs/uploads/${query}`, {method: 'POST'});
    if (opened.status !== 201) {
      const location = new URL(opened.headers.get('location') ?? '', base);
      location.searchParams.set('digest', blob.digest);
      // A file-backed blob: sent with its length, never held in memory.
      await ask(location, {method: 'PUT', body: await openAsBlob(blobFile(layout, blob))});
    }
  }
  known.set(blob.digest, repository);
}

async function ask(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new EngineError(`the registry refused ${init.method ?? 'GET'} ${String(url)}`, {
      reason: `${response.status} ${(await response.text()).slice(0, 300)}`,
    });
  }
  return response;
}

function blobFile(layout: string, {digest}: Descriptor): string {
  return join(layout, 'blobs', ...digest.split(':'));
}
