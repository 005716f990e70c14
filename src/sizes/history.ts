import type {FileUnusable} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import type {RecordStore} from '../records/record-store.ts';
import {sizePointsOf, type SizePoint} from '../records/size-log.ts';
import {readRecords} from './read-records.ts';

/** How the sizes of images went over time: what `sizes --history --json` prints. */
export interface SizeHistory {
  readonly schema: 1;
  readonly trends: readonly SizeTrend[];
  /** Sentences about what could not be read. */
  readonly unknown: readonly string[];
}

/** One platform of one target. */
export interface SizeTrend {
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  /** Oldest first. */
  readonly points: readonly TrendPoint[];
}

export type TrendPoint = Omit<SizePoint, 'schema' | 'target' | 'platform' | 'tag'>;

/**
 * The history of this checkout: the log of sizes, and what records of earlier versions add to it.
 *
 * @param isWanted tells which images are shown
 */
export async function readHistory(
  store: RecordStore,
  isWanted: (image: Pick<SizePoint, 'target' | 'platform'>) => boolean = () => true,
): Promise<Result<SizeHistory, FileUnusable>> {
  const log = await store.sizeLog();
  if (!log.ok) return log;
  const read = await readRecords(store);
  if (!read.ok) return read;
  const points = [...log.value.points, ...read.value.records.flatMap(sizePointsOf)];
  const {unreadable} = log.value;
  return ok({
    schema: 1,
    trends: trendsOf(points.filter(isWanted)),
    unknown: [
      ...(unreadable === 0
        ? []
        : [
            `${String(unreadable)} ${unreadable === 1 ? 'line' : 'lines'} of the log of sizes cannot be read`,
          ]),
      ...read.value.unusable.map(({path, message}) => `${path}: ${message}`),
    ],
  });
}

/** The trend of each target and platform, in the order of their names; every point once, by its run. */
export function trendsOf(points: readonly SizePoint[]): readonly SizeTrend[] {
  const images = new Map<
    string,
    {target: string; platform: string; runs: Map<string, TrendPoint>}
  >();
  for (const point of points) {
    const {target, platform, runId} = point;
    const key = `${target} ${platform}`;
    const image = images.get(key) ?? {target, platform, runs: new Map<string, TrendPoint>()};
    images.set(key, image);
    image.runs.set(runId, trendPoint(point));
  }
  return [...images.values()]
    .map(({target, platform, runs}) => ({
      ...{target, platform},
      points: [...runs.values()].toSorted(byTime),
    }))
    .toSorted((a, b) => byName(a.target, b.target) || byName(a.platform, b.platform));
}

function trendPoint(point: SizePoint): TrendPoint {
  const {at, runId, version, commit, dirty, digest, compressed, unpacked} = point;
  return {at, runId, version, commit, dirty, digest, compressed, unpacked};
}

function byTime(a: TrendPoint, b: TrendPoint): number {
  return byName(a.at, b.at) || byName(a.runId, b.runId);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
