/**
 * What a `Retry-After` header asks to wait, in ms from now, by the clock of this machine: seconds or a
 * date (RFC 9110 section 10.2.3). Undefined where there is none, or none that can be read; never negative.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const ms = /^\d+$/u.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
