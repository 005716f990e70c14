import {readImage, type ReadImage} from '../docker/read-image.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {ImageReadFailure, Images, StoredManifest} from '../ports/images.ts';
import {inputsLabel, partsLabel} from '../plan/run-values.ts';
import {parseParts, type ShortParts} from './input-labels.ts';

/** Where the images of a target are. */
export interface ImagePlace {
  readonly kind: 'push' | 'oci';
  /** `host/path` of the main repository, or the folder of the layout. */
  readonly repository: string;
  readonly images: Images;
}

/** An image as it stands there, whole. */
export interface FoundImage {
  readonly image: ReadImage;
  /** Its fingerprint; null when its platforms do not have one and the same. */
  readonly inputs: string | null;
  readonly parts: ShortParts | undefined;
}

/**
 * Reads an image that is to hold exactly these platforms: every manifest, every configuration (which
 * tells the fingerprint, unless it is known) and in a layout every layer. What is in a registry by its manifest is there with its layers.
 */
export async function readFoundImage(
  place: ImagePlace,
  reference: string,
  platforms: readonly string[],
  files: Pick<Files, 'kind'>,
  options: {
    readonly manifestsOnly: boolean;
    /** What the reference holds, where it was read already. */
    readonly root?: StoredManifest;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Result<FoundImage, ImageReadFailure>> {
  const {images, repository} = place;
  const {manifestsOnly, root, signal} = options;
  const read = await readImage({
    ...{images, repository, reference, platforms, manifestsOnly},
    ...(root === undefined ? {} : {root}),
    ...(signal === undefined ? {} : {signal}),
  });
  if (!read.ok) return read;
  const {held} = read.value;
  const others = held?.filter((platform) => !platforms.includes(platform)) ?? [];
  if (others.length > 0) {
    return err({kind: 'invalid', message: `${reference} holds ${others.join(', ')} too`});
  }
  if (place.kind === 'oci') {
    for (const {layers} of read.value.platforms) {
      for (const {digest} of layers) {
        const path = `${repository}/blobs/${digest.replace(':', '/')}`;
        if ((await files.kind(path)) !== 'file') {
          return err({kind: 'not-found', message: `${path} does not exist`});
        }
      }
    }
  }
  const labels = read.value.platforms.map((platform) => platform.labels);
  const fingerprints = new Set(labels.map((one) => one[inputsLabel] ?? ''));
  const [only = ''] = fingerprints;
  return ok({
    image: read.value,
    inputs: fingerprints.size === 1 && only !== '' ? only : null,
    parts: parseParts(labels[0]?.[partsLabel]),
  });
}
