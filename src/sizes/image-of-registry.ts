import type {ImageReadFailure} from '../ports/images.ts';
import {ok, type Result} from '../model/result.ts';
import {byHistory} from './image-by-history.ts';
import {imageOf} from './report-of-record.ts';
import type {ImageSizes} from './size-report.ts';
import {
  readPlatform,
  storedImage,
  type EarlierSources,
  type PlaceInRegistry,
} from './stored-image.ts';

/**
 * Sizes of one platform of an image that is in a registry, whoever built it. Its stages are told by the
 * first of these that it has:
 *
 * 1. the Dockerfile in its provenance (mode=max),
 * 2. the Dockerfile of the commit that its label names, where the image's history proves that it fits,
 * 3. the stages of `like`, the same image as it is now, when all that they add is in the image's history,
 *    instruction by instruction, and nothing else is. What is below them is a base image that the
 *    provenance names (mode=min does), or that of `like`.
 *
 * Otherwise only totals and the instructions of the history are told. `toldBy` says which it was.
 */
export async function imageOfRegistry(
  request: EarlierSources & Omit<PlaceInRegistry, 'platform'> & {readonly like: ImageSizes},
): Promise<Result<ImageSizes, ImageReadFailure>> {
  const {images, like} = request;
  const read = await readPlatform(images, {...request, platform: like.platform});
  if (!read.ok) return read;
  if (read.value.digest === like.digest) return ok(like);
  const stored = await storedImage(read.value, request, shippedStage(like));
  const {image, told, unknown, provenance, unpackedUnknownBecause} = stored;
  if (told !== null) {
    const sizes = imageOf(like.target, told.record);
    return ok({...sizes, unknown: [...unknown, ...sizes.unknown], toldBy: told.by.name});
  }
  return ok(
    await byHistory(image, request, provenance?.images ?? [], [
      ...unknown,
      ...(unpackedUnknownBecause === null ? [] : [`Unpacked sizes: ${unpackedUnknownBecause}`]),
    ]),
  );
}

function shippedStage({stages}: ImageSizes): string | null {
  const last = stages.findLast(({shipped}) => shipped)?.name;
  return last === undefined || /^stage-\d+$/u.test(last) ? null : last;
}
