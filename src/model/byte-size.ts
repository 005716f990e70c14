import {quoted, type Problem} from './problem.ts';
import {err, ok, type Result} from './result.ts';

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * Bytes of a size as people write it: a count (`1048576`), or text such as `3.5GB` (powers of 1000)
 * or `512MiB` (powers of 1024), in any case and with or without a space. Rounded to whole bytes.
 */
export function parseByteSize(size: string | number): Result<number, Problem> {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(size));
  const unit = match?.[2]?.toLowerCase() ?? '';
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined;
  const bytes = factor === undefined ? Number.NaN : Math.round(Number(match?.[1]) * factor);
  if (Number.isSafeInteger(bytes)) return ok(bytes);
  const short =
    match && /^[kmgt]$/.test(unit) ? `${match[1] ?? ''}${unit.toUpperCase()}` : undefined;
  return err({
    message: `${quoted(String(size))} is not a size`,
    suggestion:
      short === undefined
        ? 'write a size such as `3.5GB` (powers of 1000) or `512MiB` (powers of 1024)'
        : `write \`${short}B\` (powers of 1000) or \`${short}iB\` (powers of 1024)`,
  });
}

/** Most growth that is allowed: a share (0.05 is five per cent), or a number of bytes. */
export type GrowthLimit =
  | {readonly kind: 'share'; readonly share: number}
  | {readonly kind: 'bytes'; readonly bytes: number};

/** Reads `5%`, `0.5 %` or a size such as `200MB`. */
export function parseGrowthLimit(text: string): Result<GrowthLimit, Problem> {
  const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1];
  if (percent !== undefined) return ok({kind: 'share', share: Number(percent) / 100});
  const size = /[a-z]/i.test(text) ? parseByteSize(text) : undefined;
  if (size?.ok) return ok({kind: 'bytes', bytes: size.value});
  return err({
    message: `${quoted(text)} is not a growth limit`,
    suggestion: 'write a share such as `5%`, or a size such as `200MB`',
  });
}

const humanUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * Bytes for people, in powers of 1000 as docker prints them: `999 B`, `27.4 MB`, `512 MB`. One
 * decimal below 100, none above; a minus sign for what became smaller.
 */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  // 999.95 kB would round to 1000 kB: the next unit takes over where the printed text would.
  while (unit < humanUnits.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits)} ${humanUnits[unit] ?? ''}`;
}

/** What was added or taken away: `+12.3 MB`, `-4.0 kB`, `+0 B`. */
export function signedBytes(bytes: number): string {
  return `${bytes < 0 ? '' : '+'}${formatBytes(bytes)}`;
}
