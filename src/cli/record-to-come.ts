import type {BuildPlan} from '../plan/build-plan.ts';
import type {BuildRecord, PlatformRecord} from '../records/build-record.ts';
import {targetRecordOf} from '../run/target-record.ts';

/** The record of a run as far as it is known before it: targets, and images of no size. */
export function recordToCome(plan: BuildPlan, runId: string): BuildRecord {
  const {tool, matrixFile, fingerprint, git, version, targets} = plan;
  return {
    ...{schema: 1, runId, tool, matrixFile, planFingerprint: fingerprint, git, version},
    engine: {docker: null, buildx: null, builders: []},
    ...{startedAt: '', finishedAt: null, outcome: 'running'},
    targets: targets.map((target) => ({
      ...targetRecordOf(target),
      platforms: target.platforms.map(imageToCome),
    })),
  };
}

function imageToCome(platform: string): PlatformRecord {
  return {
    ...{platform, digest: '', config: {mediaType: '', digest: '', size: 0}, layers: []},
    ...{compressedBytes: 0, unpackedBytes: null, unpackedUnknownBecause: null},
    ...{stages: null, stagesUnknownBecause: null},
  };
}
