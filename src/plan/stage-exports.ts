import {stageExportCommand, type BuildxBuild} from '../docker/buildx-arguments.ts';
import {chainTo, isReplaced, stagesOn, type StageOfDockerfile} from '../docker/stage-layers.ts';
import {unusedStage} from '../docker/stage-sizes.ts';
import type {PlannedTarget, StageExport} from './build-plan.ts';
import {stageMetadataFileOf} from './paths.ts';

/**
 * The exports of a target: one for each stage that its build uses without shipping it, but for those
 * that another such stage starts from, whose layers are in the image of that one.
 */
export function stageExports(
  stages: readonly StageOfDockerfile[],
  build: BuildxBuild,
): Pick<PlannedTarget, 'stageExports' | 'noStageExports'> {
  const platformsOf = new Map<number, string[]>();
  for (const platform of build.platforms) {
    const there = stagesOn(stages, platform);
    const beside = there.filter((stage) => whyNotExported(stage, there) === null);
    const startedFrom = new Set(
      beside.flatMap(({index}) => chainTo(there, index).slice(0, -1)).map(({index}) => index),
    );
    for (const {index} of beside) {
      if (startedFrom.has(index)) continue;
      platformsOf.set(index, [...(platformsOf.get(index) ?? []), platform]);
    }
  }
  if (platformsOf.size > 0 && (build.noCache || build.noCacheStages.length > 0)) {
    return {stageExports: [], noStageExports: withoutCache};
  }
  const ofStage = ([index, platforms]: readonly [number, readonly string[]]): StageExport => {
    const stage = stages[index]?.name ?? '';
    const metadataFile = stageMetadataFileOf(build.metadataFile, index);
    const command = stageExportCommand(build, {stage, platforms, metadataFile});
    return {stage, index, platforms, command, metadataFile};
  };
  const inOrder = [...platformsOf].toSorted(([a], [b]) => a - b);
  return {stageExports: inOrder.map(ofStage), noStageExports: null};
}

const withoutCache =
  'it was built without the cache, so that what the cache holds need not be what the image was made from';

/** Why a stage has no export of its own, in one sentence; null for one that can be exported. */
export function whyNotExported(
  stage: StageOfDockerfile,
  stages: readonly StageOfDockerfile[],
): string | null {
  const {name, index, shipped, used} = stage;
  if (!used) return unusedStage;
  if (shipped) return 'it is part of the image';
  if (name === null)
    return 'docker builds a stage by its name, and it has none: write `FROM … AS NAME`';
  const last = stages.findLast((other) => other.name?.toLowerCase() === name.toLowerCase());
  if (last?.index !== index) return 'a later stage has the same name';
  return isReplaced(stage) ? `the named context \`${name}\` takes its place` : null;
}
