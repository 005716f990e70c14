/** Waiting, with its chance: tests wait for nothing and throw no dice. */
export interface Waiting {
  /** Resolves after `ms` milliseconds, and at once when `signal` aborts. Never rejects. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `tick` each time that so many milliseconds have passed, until what it returns is called. */
  every(ms: number, tick: () => void): () => void;
  /** At least 0, less than 1. */
  random(): number;
}
