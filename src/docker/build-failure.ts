import type {BuildFailed} from '../events/failure.ts';
import type {ProgressSummary} from './raw-progress.ts';

/** All that is known of a build that did not succeed. */
export interface FailureEvidence {
  readonly target: string;
  readonly platforms: readonly string[];
  readonly dockerfile: {
    /** As the user knows it. */
    readonly path: string;
    /** Absent when it could not be read (a remote context). */
    readonly text?: string;
  };
  readonly progress: ProgressSummary;
  /** How `docker` ended: an exit code or a signal. */
  readonly exit: {readonly exitCode?: number; readonly signal?: string};
  /** Relative to the working directory. */
  readonly logFile: string;
}

/** The failure that a user reads: cause, place, excerpt, last log lines and a hint. */
export function explainBuildFailure(evidence: FailureEvidence): BuildFailed {
  throw new Error(`not written yet ${evidence.target}`);
}
