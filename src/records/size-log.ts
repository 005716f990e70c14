import {z} from 'zod';

import {targetIdOf} from '../model/target-id.ts';
import type {BuildRecord} from './build-record.ts';

/** Sizes of one platform of one image at one time: a line of `.build-matrix/sizes.jsonl`. */
export interface SizePoint {
  readonly schema: 1;
  /** ISO 8601, UTC: when its run ended. */
  readonly at: string;
  readonly runId: string;
  /** Value of `{version}`. */
  readonly version: string;
  readonly commit: string | null;
  /** True when tracked files differed from the commit; null outside a checkout. */
  readonly dirty: boolean | null;
  /** The version tag of the commit; null without one, and in what earlier versions wrote. */
  readonly tag: string | null;
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  /** Digest of the platform's manifest. */
  readonly digest: string;
  /** Bytes. */
  readonly compressed: number;
  /** Bytes; null when not known. */
  readonly unpacked: number | null;
}

export interface SizeLog {
  /** In the order in which they were written. */
  readonly points: readonly SizePoint[];
  /** Lines that could not be read: cut short, edited by hand, or of a newer version. */
  readonly unreadable: number;
}

const bytes = z.number().int().nonnegative();

const sizePoint = z.object({
  schema: z.literal(1),
  at: z.iso.datetime(),
  runId: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  tag: z.string().nullable().default(null),
  target: z.string(),
  platform: z.string(),
  digest: z.string(),
  compressed: bytes,
  unpacked: bytes.nullable(),
}) satisfies z.ZodType<SizePoint>;

/** The images that a run made, in the order of its record. */
export function sizePointsOf(record: BuildRecord): readonly SizePoint[] {
  const {runId, version, git, targets} = record;
  return targets
    .filter(({outcome}) => outcome === 'succeeded')
    .flatMap(({image, name, platforms}) =>
      platforms.map((platform): SizePoint => ({
        schema: 1,
        at: record.finishedAt ?? record.startedAt,
        ...{runId, version},
        commit: git?.commit ?? null,
        dirty: git?.dirty ?? null,
        tag: git?.tag ?? null,
        target: targetIdOf({image, name}),
        platform: platform.platform,
        digest: platform.digest,
        compressed: platform.compressedBytes,
        unpacked: platform.unpackedBytes,
      })),
    );
}

/** A line for each point. */
export function formatSizePoints(points: readonly SizePoint[]): string {
  return points.map((point) => `${JSON.stringify(point)}\n`).join('');
}

/** Reads what can be read: one bad line, as of a machine that lost power, hides no other. */
export function parseSizeLog(text: string): SizeLog {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const points = lines.flatMap((line): readonly SizePoint[] => {
    const point = sizePoint.safeParse(jsonOf(line));
    return point.success ? [point.data] : [];
  });
  return {points, unreadable: lines.length - points.length};
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
