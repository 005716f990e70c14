import type {Decision} from '../inputs/decision.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import type {RecentBuilds} from '../records/recent-builds.ts';
import {measureEarlier} from './measure-image.ts';
import type {RunPorts} from './run-ports.ts';
import {targetRecordOf, type EndedTarget} from './target-record.ts';
import type {UnpackLayers} from '../layers/unpack-layers.ts';

export interface UnchangedBuild {
  readonly target: PlannedTarget;
  readonly decision: Extract<Decision, {kind: 'unchanged'}>;
  readonly recent: RecentBuilds;
  readonly ports: RunPorts;
  readonly unpack: UnpackLayers;
  readonly signal: AbortSignal;
}

/**
 * The record of a build whose image is there already: sizes as an earlier record has them, or else
 * measured as far as that goes without docker.
 */
export async function unchangedBuild(build: UnchangedBuild): Promise<EndedTarget> {
  const {target, decision} = build;
  const digest = decision.digests[target.id] ?? null;
  const platforms = (await recordedPlatforms(build, digest)) ?? (await measured(build, digest));
  return {...targetRecordOf(target), outcome: 'unchanged', digest, platforms};
}

async function recordedPlatforms(
  {target, recent}: UnchangedBuild,
  digest: string | null,
): Promise<readonly PlatformRecord[] | undefined> {
  for await (const record of recent.of(target.id)) {
    const platforms = record.digest === digest ? record.platforms : [];
    const found = target.platforms.flatMap(
      (name) => platforms.find(({platform}) => platform === name) ?? [],
    );
    if (found.length === target.platforms.length) return found;
  }
  return undefined;
}

async function measured(
  build: UnchangedBuild,
  digest: string | null,
): Promise<readonly PlatformRecord[]> {
  const {target, ports} = build;
  if (digest === null) return [];
  const dockerfile =
    target.stages.length === 0
      ? undefined
      : await ports.files.readText(target.dockerfile).catch(() => undefined);
  return measureEarlier({...build, dockerfile}, digest);
}
