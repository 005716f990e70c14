/**
 * What happens during a release, as plain JSON: the lines of `release --progress json`. `at` is
 * milliseconds since the Unix epoch.
 */
export type ReleaseEvent =
  ReleaseStarted | ReleaseStepStarted | ReleaseStepRetried | ReleaseStepFinished | ReleaseFinished;

export interface ReleaseStarted {
  readonly type: 'release-started';
  readonly at: number;
  readonly version: string;
  /** Full commit id. */
  readonly commit: string;
  /** In the order in which they are done. */
  readonly steps: readonly string[];
}

export interface ReleaseStepStarted {
  readonly type: 'release-step-started';
  readonly at: number;
  readonly step: string;
}

/** It failed in a way that may pass, and is tried again after `delayMs`. */
export interface ReleaseStepRetried {
  readonly type: 'release-step-retried';
  readonly at: number;
  readonly step: string;
  readonly because: string;
  readonly delayMs: number;
}

export interface ReleaseStepFinished {
  readonly type: 'release-step-finished';
  readonly at: number;
  readonly step: string;
  /** `unchanged`: everything was as it should be, and nothing was done. */
  readonly outcome: 'done' | 'unchanged' | 'failed';
  /** What was done, or why it failed. */
  readonly detail: string;
}

export interface ReleaseFinished {
  readonly type: 'release-finished';
  readonly at: number;
  readonly version: string;
  readonly outcome: 'released' | 'unchanged' | 'stopped';
}
