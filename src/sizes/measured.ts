import type {Measured} from './size-report.ts';

/** The sum of sizes; unknown as soon as one of them is. */
export function addMeasured(sizes: readonly Measured[]): Measured {
  return sizes.reduce<Measured>(
    (all, one) => ({
      compressed: addKnown(all.compressed, one.compressed),
      unpacked: addKnown(all.unpacked, one.unpacked),
    }),
    {compressed: 0, unpacked: 0},
  );
}

/** The sum; null when one of the two is not known. */
export function addKnown(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
