import {shortDigest} from '../model/short-digest.ts';
import {counted} from './counted-bytes.ts';
import {err, type Result} from '../model/result.ts';
import type {Descriptor, ImageReadFailure, Images} from '../ports/images.ts';
import {readLayer, whyNotRead, type LayerFacts, type LayerReading} from './read-layer.ts';

export interface LayerRequest extends LayerReading {
  readonly images: Images;
  readonly repository: string;
  /** As the manifest names it. */
  readonly layer: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;
  /** What the image configuration names for it (`rootfs.diff_ids`). */
  readonly diffId: string;
  /** Told of every piece that came: its bytes as stored. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads a layer from where its image is. What is told of it is proved: its bytes are those that the
 * manifest names, by digest and size, and its archive is the one that the image configuration names.
 * The failure is a sentence that names the layer.
 */
export async function readProvenLayer(
  request: LayerRequest,
): Promise<Result<LayerFacts, ImageReadFailure>> {
  const {images, repository, layer, diffId, onBytes, ...reading} = request;
  const {digest, size, mediaType} = layer;
  const of = `layer ${shortDigest(digest)}`;
  const unread = (
    kind: ImageReadFailure['kind'],
    reason: string,
  ): Result<never, ImageReadFailure> => err({kind, message: `${of} could not be read: ${reason}`});

  const reason = whyNotRead(mediaType);
  if (reason !== null) return unread('invalid', reason);
  const blob = await images.blob(repository, digest, reading.signal);
  if (!blob.ok) return unread(blob.error.kind, blob.error.message);
  const pieces = onBytes === undefined ? blob.value : counted(blob.value, onBytes);
  const read = await readLayer(pieces, mediaType, reading);
  if (!read.ok) return unread('invalid', read.error);
  const {value} = read;
  if (value.digest !== digest || value.bytes !== size) {
    return unread('invalid', 'what came is not what the manifest names');
  }
  if (value.diffId !== diffId) {
    const message = `${of} is not the one that the image configuration names`;
    return err({kind: 'invalid', message});
  }
  return read;
}
