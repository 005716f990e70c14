import type {Diagnostic} from '../events/diagnostic.ts';
import type {PullLimit} from '../ports/registry-check.ts';

/**
 * How many pulls Docker Hub still allows, as the headers of an answer tell (`ratelimit-limit:
 * 100;w=21600`); undefined when they do not, as for accounts without a limit.
 */
export function pullLimitOf(header: (name: string) => string | null): PullLimit | undefined {
  const [limit, windowSeconds] = quota(header('ratelimit-limit'));
  const [remaining] = quota(header('ratelimit-remaining'));
  if (limit === undefined || remaining === undefined) return undefined;
  return {
    ...{limit, remaining, windowSeconds: windowSeconds ?? null},
    countedFor: header('docker-ratelimit-source'),
  };
}

function quota(text: string | null): readonly (number | undefined)[] {
  const [, count, seconds] = /^(\d{1,9})(?:;w=(\d{1,9}))?/u.exec(text?.trim() ?? '') ?? [];
  return [count, seconds].map((digits) => (digits === undefined ? undefined : Number(digits)));
}

/** A warning when less than a tenth of the pulls is left; undefined when there are enough. */
export function fewPullsLeft({
  limit,
  remaining,
  windowSeconds,
  countedFor,
}: PullLimit): Diagnostic | undefined {
  if (remaining * 10 > limit) return undefined;
  const window =
    windowSeconds === null ? '' : ` within ${String(Math.round(windowSeconds / 3600))} h`;
  const whose = countedFor === null ? '' : `, counted for ${countedFor}`;
  return {
    severity: 'warning',
    code: 'few-pulls-left',
    message: `Docker Hub allows ${String(remaining)} more pulls of ${String(limit)}${window}${whose}`,
    suggestion: 'log in with `docker login`, or read base images from a mirror (`mirrors`)',
  };
}
