import {err, type Result} from '../model/result.ts';
import type {Waiting} from '../ports/waiting.ts';

/** What has to be known of a failure to decide whether to try again; `RegistryFailure` has all of it. */
export interface Retryable {
  /** Told apart by `repair`: the same kind is repaired once. */
  readonly kind: string;
  /** It may be over by itself: a registry that answers 503, a connection that was lost. */
  readonly passing: boolean;
  /** In a few words: `127.0.0.1:5000 answered 503 Service Unavailable`. */
  readonly because: string;
  /** What the other side asks to wait at least, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** One more try that is about to be made. */
export interface Retry {
  /** Why the last try failed, in a few words. */
  readonly because: string;
  /** Milliseconds from now until the next try. */
  readonly delayMs: number;
  /** Number of the next try, 2 or more, and how many there are at most. */
  readonly attempt: number;
  readonly of: number;
}

export interface RetryLimits {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Before the second try; each further pause is twice as long. Milliseconds. */
  readonly firstPauseMs: number;
  /** The same where the other side limits requests and does not say for how long. */
  readonly firstLimitedPauseMs: number;
  /** Longest time that all pauses of one call may take together. */
  readonly totalPauseMs: number;
}

/**
 * BuildKit itself sends again what failed with 5xx or a lost connection, within 7 seconds, and after
 * 429 at once (moby/buildkit util/resolver/retryhandler, containerd resolver.go): these come on top.
 */
export const retryLimits: RetryLimits = {
  attempts: 4,
  firstPauseMs: 2_000,
  firstLimitedPauseMs: 10_000,
  totalPauseMs: 5 * 60_000,
};

export interface Retrying<T, E extends Retryable> {
  /** Makes one try; `number` is 1 for the first. */
  readonly attempt: (number: number) => Promise<Result<T, E>>;
  /**
   * Asked after a failure that will not pass by itself, once for each kind: mends its cause (logs in
   * again, creates the repository) and tells whether it did. The next try comes at once, and on top.
   */
  readonly repair?: (failure: E) => Promise<boolean>;
  /** Called before each pause. */
  readonly onRetry: (retry: Retry) => void;
  readonly waiting: Waiting;
  /** Ends the waiting at once; no try is made afterwards. */
  readonly signal: AbortSignal;
  readonly limits?: RetryLimits;
}

/**
 * The first success, or the failure of the last try that made sense: a cause that does not pass ends
 * it at once, and so does a pause that is asked for and is longer than what is left of
 * `totalPauseMs`. Pauses grow exponentially, with half of each left to chance, and are never shorter
 * than what the other side asks for. After an abort the last failure is returned.
 */
export async function withRetries<T, E extends Retryable>(
  retrying: Retrying<T, E>,
): Promise<Result<T, E>> {
  const {attempt, repair, onRetry, waiting, signal, limits = retryLimits} = retrying;
  const repaired = new Set<string>();
  const stopped = (): boolean => signal.aborted;
  let paused = 0;
  let extra = 0;
  for (let number = 1; ; number += 1) {
    const result = await attempt(number);
    if (result.ok || stopped()) return result;
    const failure = result.error;
    if (!failure.passing) {
      if (repair === undefined || repaired.has(failure.kind)) return result;
      repaired.add(failure.kind);
      if (!(await repair(failure)) || stopped()) return result;
      extra += 1;
      continue;
    }
    const of = limits.attempts + extra;
    const delayMs = pauseOf(failure, number - extra, waiting.random(), limits);
    if (number >= of || paused + delayMs > limits.totalPauseMs) return err(failure);
    onRetry({because: failure.because, delayMs, attempt: number + 1, of});
    await waiting.pause(delayMs, signal);
    paused += delayMs;
    if (stopped()) return err(failure);
  }
}

/** Milliseconds; `tries` are those that have failed for a passing cause. */
function pauseOf(failure: Retryable, tries: number, random: number, limits: RetryLimits): number {
  const {kind, retryAfterMs} = failure;
  const unknownLimit = kind === 'rate-limited' && retryAfterMs === undefined;
  const first = unknownLimit ? limits.firstLimitedPauseMs : limits.firstPauseMs;
  const full = first * 2 ** (tries - 1);
  const jittered = Math.round(full / 2 + (full / 2) * random);
  // Chance also on top of what is asked for: all clients were told the same time.
  return Math.max(jittered, (retryAfterMs ?? 0) + Math.round(limits.firstPauseMs * random));
}
