import type {Failure} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {BuildPlan} from '../plan/build-plan.ts';
import type {BuildRecord, PlatformRecord} from '../records/build-record.ts';
import {targetRecordOf} from '../run/target-record.ts';
import type {EarlierRequest} from '../sizes/earlier-sizes.ts';
import {readEarlier} from './read-earlier.ts';

/**
 * Looks for what `build --against` names before anything is built: a name that means nothing is a
 * mistake of the command line. That there is no run before this one is none, and a registry that
 * cannot be asked now may be asked later.
 */
export async function checkAgainst(
  request: Omit<EarlierRequest, 'files' | 'git' | 'unpack' | 'current'> & {
    readonly plan: BuildPlan;
    readonly runId: string;
  },
): Promise<Result<void, Failure>> {
  const {against, plan, runId} = request;
  if (against === 'previous' || against === 'latest-but-one') return ok(undefined);
  const earlier = await readEarlier({
    ...request,
    current: recordToCome(plan, runId),
    readsFar: false,
  });
  if (earlier.ok) return ok(undefined);
  if (earlier.error.reason !== 'file-unusable') return earlier;
  const {path, message} = earlier.error;
  return err({
    reason: 'invalid-usage',
    message: `--against ${against}: ${path}: ${message}`,
    remedy: 'name a record that can be read, an image, or a git revision',
  });
}

/** The record of the run as far as it is known before it: targets, and images of no size. */
function recordToCome(plan: BuildPlan, runId: string): BuildRecord {
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
