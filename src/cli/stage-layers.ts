import {nodeFiles} from '../adapters/node-files.ts';
import {parseBuildMetadata} from '../docker/build-metadata.ts';
import {readImage} from '../docker/read-image.ts';
import {metadataFileOf, stageMetadataFileOf} from '../plan/paths.ts';
import type {Images} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import type {ReadableLayer} from '../sizes/why-trace.ts';

/**
 * The layers of the stages beside the shipped ones, by digest, in the builder that exported them: as far as
 * the last build of the target left word of them, and the builder has kept them.
 *
 * @param id of the build, which may be of a part of the target
 */
export async function stageLayersOf(
  id: string,
  {platform, stages}: PlatformRecord,
  images: Images,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadableLayer>> {
  const layers = new Map<string, ReadableLayer>();
  for (const {index} of (stages ?? []).filter(({shipped}) => !shipped)) {
    const file = stageMetadataFileOf(metadataFileOf(id), index);
    const text = await nodeFiles.readText(file).catch(() => undefined);
    const metadata = text === undefined ? undefined : parseBuildMetadata(text);
    if (metadata?.ok !== true) continue;
    const {buildRef, digest} = metadata.value;
    if (buildRef === null || digest === null) continue;
    const place = {images, repository: buildRef};
    const read = await readImage({...place, reference: digest, platforms: [platform], signal});
    const [image] = read.ok ? read.value.platforms : [];
    if (!image?.diffIds.ok) continue;
    for (const [position, layer] of image.layers.entries()) {
      const diffId = image.diffIds.value[position] ?? '';
      layers.set(layer.digest, {...place, layer, diffId});
    }
  }
  return layers;
}
