import {chainTo, layersOfStages, type StageOfDockerfile} from '../docker/stage-layers.ts';
import type {BesideStages, StageImage} from '../docker/stage-sizes.ts';
import type {UnpackLayers} from '../layers/unpack-layers.ts';
import {err, ok} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import {whyNotExported} from '../plan/stage-exports.ts';
import type {ExportedStages} from './export-stages.ts';
import type {RunPorts} from './run-ports.ts';

/**
 * What the exports tell of the stages beside the shipped ones on one platform, and why they do not
 * tell of a stage. Of their layers those of a base image are not read: it may be large, and is not shipped.
 */
export async function besideStages(request: {
  readonly target: PlannedTarget;
  readonly dockerfile: string | undefined;
  /** The stages as they are for the platform. */
  readonly stages: readonly StageOfDockerfile[];
  readonly platform: string;
  readonly exported: ExportedStages;
  readonly ports: RunPorts;
  readonly unpack: UnpackLayers;
  readonly signal: AbortSignal;
}): Promise<BesideStages> {
  const {target, stages, platform, exported} = request;
  const here = target.stageExports.filter(({platforms}) => platforms.includes(platform));
  const images = await Promise.all(
    here.map(async ({index}) => {
      const image = await unpackedImage(index, request);
      return image === undefined ? [] : [[index, image] as const];
    }),
  );
  return {
    images: new Map(images.flat()),
    reasonOf(stage) {
      const reason = whyNotExported(stage, stages) ?? target.noStageExports;
      if (reason !== null) return reason;
      const by = here.find(({index}) =>
        chainTo(stages, index).some(({index: member}) => member === stage.index),
      );
      const result = by === undefined ? undefined : exported.get(by.index);
      return result === undefined || result.ok ? 'it was not measured' : result.error;
    },
  };
}

async function unpackedImage(
  index: number,
  request: Parameters<typeof besideStages>[0],
): Promise<StageImage | undefined> {
  const {dockerfile, stages, platform, exported, ports, unpack, signal} = request;
  const stage = exported.get(index);
  const image = stage?.ok
    ? stage.value.platforms.find((one) => one.platform === platform)
    : undefined;
  if (stage?.ok !== true || image === undefined) return undefined;
  const {history, layers} = image;
  const found =
    dockerfile !== undefined && history.ok
      ? layersOfStages(dockerfile, stages, index, history.value, layers.length)
      : undefined;
  const [first] = chainTo(stages, index);
  const baseLayers =
    found?.ok === true && first !== undefined
      ? (found.value.get(first.index)?.start ?? layers.length)
      : layers.length;
  const place = ok({images: ports.images.load, repository: stage.value.buildRef});
  const unpacked = await unpack(
    image,
    (position) => (position < baseLayers ? err(ofBase) : place),
    signal,
  );
  return {history, layers: unpacked.layers, unpackedUnknownBecause: unpacked.unknownBecause};
}

const ofBase = 'the layers of its base image are not read';
