import type {Failure} from './failure.ts';

/** The documented exit code of each failure. A failure without one does not compile. */
export const exitCodes = {
  'build-failed': 1,
  'measure-failed': 1,
  'publish-failed': 1,
  'publish-refused': 1,
  'file-unusable': 1,
  'invalid-matrix': 2,
  'invalid-usage': 2,
  'engine-unusable': 3,
  'registry-unusable': 3,
  'budget-exceeded': 4,
  'release-refused': 5,
  'release-stopped': 5,
  interrupted: 130,
  'unknown-error': 70,
} as const satisfies Record<Failure['reason'], number>;

/** Which code wins when several failures end one run: bugs, then signals, then what kept the most from being done. */
const precedence = [70, 130, 143, 2, 3, 1, 5, 4] as const;

/** The exit code of one failure; SIGTERM ends with 143 as shells expect. */
export function exitCodeOf(failure: Failure): number {
  if (failure.reason === 'interrupted' && failure.signal === 'SIGTERM') return 143;
  return exitCodes[failure.reason];
}

/** The exit code of a run that ended with `failures`: 0 when there are none. */
export function exitCodeOfAll(failures: readonly Failure[]): number {
  const codes = new Set(failures.map(exitCodeOf));
  return precedence.find((code) => codes.has(code)) ?? 0;
}
