import {createHash} from 'node:crypto';

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * Resolves when the registry (`host:port`, plain HTTP) holds a manifest whose bytes hash to `digest`.
 * It shares no code with build-matrix, so that it confirms what build-matrix claims. Rejects otherwise.
 */
export async function confirmDigest(
  registry: string,
  repository: string,
  digest: string,
): Promise<void> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${digest}`, {
    headers: {accept},
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok)
    throw new Error(`the registry answers ${response.status} for ${repository}@${digest}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== digest) throw new Error(`the registry holds ${actual}, not ${digest}`);
}
