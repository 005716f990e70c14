import {hasImage} from '../events/has-image.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {RecordStore} from '../records/record-store.ts';
import type {SizePoint} from '../records/size-log.ts';
import type {EarlierSizes} from './earlier-sizes.ts';
import {readRecords} from './read-records.ts';
import {reportOf} from './report-of-record.ts';
import type {ImageSizes} from './size-report.ts';

/** What is remembered of earlier runs. */
export interface EarlierRuns {
  /** Those that are kept, oldest first. */
  readonly records: readonly BuildRecord[];
  /** The log of sizes, which outlives the runs: it tells of images, and nothing of their stages. */
  readonly points: readonly SizePoint[];
}

/** Everything that is remembered and can be read. */
export async function readEarlierRuns(store: RecordStore): Promise<EarlierRuns> {
  const [read, log] = await Promise.all([readRecords(store), store.sizeLog()]);
  return {
    records: read.ok ? read.value.records : [],
    points: log.ok ? log.value.points : [],
  };
}

/**
 * What the growth of an image is held against: the last release of it, which is a build of a commit that has
 * a version tag, without uncommitted changes, and of another version than this one; without a release,
 * the last run that built it and was not refused by its budget; or a sentence, when there is neither. It is found by target and platform,
 * whatever else was built, and by whichever builder. The record of its run is taken where it is kept, or
 * else what the log of sizes remembers.
 */
export function baselineOf(
  image: {readonly target: string; readonly platform: string},
  current: Pick<BuildRecord, 'runId' | 'version'>,
  {records, points}: EarlierRuns,
): EarlierSizes | string {
  // What its budget has kept from being published is not what the next one may be as large as.
  const refused = new Set(records.filter(isRefused).map(({runId}) => runId));
  const kept = records.flatMap((record): readonly Earlier[] => {
    const {runId, version, git} = record;
    const targets = record.targets.filter(
      (target) =>
        targetIdOf(target) === image.target &&
        hasImage(target.outcome) &&
        target.platforms.some(({platform}) => platform === image.platform),
    );
    if (targets.length === 0) return [];
    const tag = git?.dirty === false ? git.tag : null;
    return [{runId, version, tag, report: () => reportOf({...record, targets})}];
  });
  const isKept = new Set(kept.map(({runId}) => runId));
  const remembered = points
    .filter(
      ({runId, target, platform}) =>
        target === image.target && platform === image.platform && !isKept.has(runId),
    )
    .map((point): Earlier => ({
      ...{
        runId: point.runId,
        version: point.version,
        tag: point.dirty === false ? point.tag : null,
      },
      report: () => reportOfPoint(point),
    }));
  const earlier = [...remembered, ...kept]
    .filter(({runId}) => runId < current.runId && !refused.has(runId))
    .toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
  const release = earlier.findLast(({tag, version}) => tag !== null && version !== current.version);
  const run = release ?? earlier.at(-1);
  if (run === undefined) return 'there is no earlier build to compare it with';
  return {report: run.report(), name: release?.tag ?? `run ${run.runId}`};
}

const isRefused = ({exceeded = [], publications = []}: BuildRecord): boolean =>
  exceeded.length > 0 && publications.some(({outcome}) => outcome === 'held-back');

interface Earlier {
  readonly runId: string;
  readonly version: string;
  /** Of a release. */
  readonly tag: string | null;
  readonly report: () => EarlierSizes['report'];
}

function reportOfPoint(point: SizePoint): EarlierSizes['report'] {
  const {at, version, commit, target, platform, digest, compressed, unpacked} = point;
  const image: ImageSizes = {
    ...{target, platform, digest, size: {compressed, unpacked}},
    ...{base: null, stages: [], cause: null},
    unknown: ['the run is not kept any more: only the size of the image is remembered'],
  };
  return {schema: 1, at, version, commit, against: null, images: [image]};
}
