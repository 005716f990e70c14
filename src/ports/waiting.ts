/** Waiting between tries, with its chance: tests wait for nothing and throw no dice. */
export interface Waiting {
  /** Resolves after `ms` milliseconds, and at once when `signal` aborts. Never rejects. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
}
