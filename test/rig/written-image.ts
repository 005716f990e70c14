import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

export interface WrittenImage {
  readonly digest: string;
  /** Digest of each platform's manifest. */
  readonly manifests: Readonly<Record<string, string>>;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

/**
 * What buildx leaves of a build with these arguments that succeeded: an image of one layer of 1,000
 * bytes for each platform in every OCI layout folder, and the metadata file.
 */
export async function writeImage(cwd: string, args: readonly string[]): Promise<WrittenImage> {
  const platforms = optionOf(args, '--platform').split(',');
  const metadataFile = optionOf(args, '--metadata-file');
  const folders = args.flatMap((arg) => {
    const folder = /^type=oci,.*\bdest=([^,]+)/.exec(arg)?.[1];
    return folder === undefined ? [] : [join(cwd, folder)];
  });

  const blobs = new Map<string, string>();
  const put = (mediaType: string, content: string): Descriptor => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    blobs.set(digest, content);
    return {mediaType, digest, size: content.length};
  };
  const manifests = platforms.map((platform) => {
    const [os = '', architecture = ''] = platform.split('/');
    const layer = put('application/vnd.oci.image.layer.v1.tar+gzip', platform.padEnd(1000));
    const config = put(
      'application/vnd.oci.image.config.v1+json',
      JSON.stringify({os, architecture}),
    );
    const manifest = {schemaVersion: 2, mediaType: manifestType, config, layers: [layer]};
    return {...put(manifestType, JSON.stringify(manifest)), platform: {os, architecture}};
  });
  const index = {schemaVersion: 2, mediaType: indexType, manifests};
  const root = platforms.length === 1 ? manifests[0] : put(indexType, JSON.stringify(index));
  if (root === undefined) throw new Error('no platform was asked for');

  for (const folder of folders) {
    await write(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    for (const [digest, content] of blobs) {
      await write(join(folder, 'blobs', ...digest.split(':')), content);
    }
    await write(join(folder, 'index.json'), JSON.stringify({schemaVersion: 2, manifests: [root]}));
  }
  await write(join(cwd, metadataFile), JSON.stringify({'containerimage.digest': root.digest}));
  return {
    digest: root.digest,
    manifests: Object.fromEntries(
      platforms.map((platform, at) => [platform, manifests[at]?.digest ?? '']),
    ),
  };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function optionOf(args: readonly string[], option: string): string {
  const found = args.find((arg) => arg.startsWith(`${option}=`));
  if (found === undefined) throw new Error(`no ${option} in: ${args.join(' ')}`);
  return found.slice(option.length + 1);
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, content);
}
