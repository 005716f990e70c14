/**
 * Id of a run: its start in UTC, then `random`, so that ids sort by time and two runs that start in
 * one millisecond still differ: `20260102-030405-678-1f9a3c`. Usable as a file name everywhere.
 *
 * @param at milliseconds since the Unix epoch
 * @param random a few letters or digits that no other run has
 */
export function newRunId(at: number, random: string): string {
  const digits = isoTime(at).replaceAll(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}-${random}`;
}

/** ISO 8601 in UTC with milliseconds, of a time in milliseconds since the Unix epoch. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** True for what `newRunId` makes. */
export function isRunId(text: string): boolean {
  return /^\d{8}-\d{6}-\d{3}-[A-Za-z0-9]+$/.test(text);
}
