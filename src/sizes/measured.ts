import type {Measured} from './size-report.ts';

/** The sum of sizes; unknown as soon as one of them is. */
export function addMeasured(sizes: readonly Measured[]): Measured {
  const add = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : a + b;
  return sizes.reduce<Measured>(
    (all, one) => ({
      compressed: add(all.compressed, one.compressed),
      unpacked: add(all.unpacked, one.unpacked),
    }),
    {compressed: 0, unpacked: 0},
  );
}
