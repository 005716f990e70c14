import {counted} from '../layers/counted-bytes.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {diffIdsIn} from '../docker/read-image.ts';
import {openLayerSizes} from '../layers/layer-sizes.ts';
import {createUnpacker, type LayerPlace} from '../layers/unpack-layers.ts';
import {err, ok} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {Images} from '../ports/images.ts';
import type {BuildRecord, PlatformRecord, TargetRecord} from '../records/build-record.ts';
import {layerSizesFile} from '../records/state-folder.ts';
import type {ImageSources} from '../run/run-ports.ts';
import {withUnpacked} from '../sizes/with-unpacked.ts';
import {openByteMeter} from './byte-meter.ts';
import type {CommandContext} from './context.ts';
import {placeOf} from './image-place.ts';

/**
 * The record with the unpacked sizes that it lacks, learned by reading the layers from where the images
 * are, with progress on standard error. What cannot be read stays unknown, and the record says why.
 */
export async function readUnpacked(
  context: CommandContext,
  record: BuildRecord,
  images: ImageSources,
  signal: AbortSignal,
): Promise<BuildRecord> {
  const unpack = createUnpacker(openLayerSizes(nodeFiles, layerSizesFile), true);
  const targets: TargetRecord[] = [];
  for (const target of record.targets) {
    const platforms: PlatformRecord[] = [];
    for (const platform of target.platforms) {
      if (platform.unpackedBytes !== null || signal.aborted) {
        platforms.push(platform);
        continue;
      }
      const {config, layers, compressedBytes} = platform;
      const title = `Reading ${targetIdOf(target)} ${platform.platform}`;
      const meter = openByteMeter(context.err, title, compressedBytes);
      const source = images[target.output.kind];
      const repository = await placeOf(target);
      const read = repository.ok
        ? await source.config(repository.value, config.digest, signal)
        : err({message: repository.error});
      const place: LayerPlace = repository.ok
        ? ok({
            images: metered(source, (bytes) => {
              meter.add(bytes);
            }),
            repository: repository.value,
          })
        : repository;
      const diffIds = read.ok ? diffIdsIn(read.value, layers.length) : err(read.error.message);
      const unpacked = await unpack({layers, diffIds}, () => place, signal);
      meter.close();
      platforms.push(withUnpacked(platform, unpacked));
    }
    targets.push({...target, platforms});
  }
  return {...record, targets};
}

/** The same images, which tell how many bytes of blobs came. */
function metered(images: Images, add: (bytes: number) => void): Images {
  return {
    ...images,
    async blob(...place) {
      const blob = await images.blob(...place);
      return blob.ok ? ok(counted(blob.value, add)) : blob;
    },
  };
}
