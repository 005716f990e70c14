import {unpackedBytesOf} from '../docker/stage-sizes.ts';
import type {UnpackedImage} from '../layers/unpack-layers.ts';
import type {PlatformRecord} from '../records/build-record.ts';

/** The record of a platform with unpacked sizes of its layers that were learned since it was written. */
export function withUnpacked(
  platform: PlatformRecord,
  {layers, unknownBecause}: UnpackedImage,
): PlatformRecord {
  const stages = platform.stages ?? [];
  const made = stages.reduce((sum, {shipped, layers: own}) => sum + (shipped ? (own ?? 0) : 0), 0);
  const bytesOf = new Map(layers.map(({digest, unpackedBytes}) => [digest, unpackedBytes]));
  // Shipped stages stand in order, each on top of the one before.
  let end = layers.length - made;
  return {
    ...platform,
    layers,
    unpackedBytes: unpackedBytesOf(layers),
    unpackedUnknownBecause: unknownBecause,
    stages:
      platform.stages?.map((stage) => {
        if (!stage.shipped || stage.layers === null) return stage;
        const start = end;
        end += stage.layers;
        return {
          ...stage,
          addedUnpackedBytes: unpackedBytesOf(layers.slice(start, end)),
          totalUnpackedBytes: unpackedBytesOf(layers.slice(0, end)),
          instructions: stage.instructions.map((instruction) => {
            const {layer} = instruction;
            if (layer === null) return instruction;
            return {...instruction, unpackedBytes: bytesOf.get(layer) ?? null};
          }),
        };
      }) ?? null,
  };
}
