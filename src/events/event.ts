import type {Diagnostic} from './diagnostic.ts';
import type {Failure} from './failure.ts';

/**
 * Everything that can happen during a run, as plain JSON: no buffers, errors or plan objects, so that
 * the same values feed the terminal, plain logs and `--json` lines. `at` is milliseconds since the
 * Unix epoch, by the clock of the machine that runs build-matrix.
 */
export type BuildEvent =
  | RunStarted
  | Notice
  | TargetStarted
  | StepStarted
  | StepProgress
  | StepLog
  | StepFinished
  | TargetWarning
  | TargetRetried
  | TargetFinished
  | PublicationStarted
  | PublicationFinished
  | RunFinished;

/**
 * How one target ended; the words are those of docker/buildx#4044. `unchanged`: an image of the very
 * same inputs was there, so that nothing was built.
 */
export type TargetOutcome = 'succeeded' | 'unchanged' | 'failed' | 'aborted' | 'unstarted';

export interface RunStarted {
  readonly type: 'run-started';
  readonly at: number;
  readonly runId: string;
  /** In the order in which they may start. */
  readonly targets: readonly {
    readonly id: string;
    readonly platforms: readonly string[];
    /** Named stages on the way to the shipped one, in Dockerfile order. */
    readonly stages: readonly string[];
    readonly dependsOn: readonly string[];
  }[];
}

/** Something worth knowing that stops nothing: an unused key, a doubtful setting. */
export interface Notice {
  readonly type: 'notice';
  readonly at: number;
  readonly diagnostic: Diagnostic;
}

export interface TargetStarted {
  readonly type: 'target-started';
  readonly at: number;
  readonly target: string;
  /** The exact command, as in the plan. */
  readonly command: readonly string[];
  /** Why the target has to be built, in words; absent when nobody asked. */
  readonly why?: readonly string[];
}

/** What the events of one step share. `step` is BuildKit's vertex digest, unique within the target. */
interface StepIdentity {
  readonly at: number;
  readonly target: string;
  readonly step: string;
  /** Absent for steps that belong to no platform, such as loading the context. */
  readonly platform?: string;
  /** Absent for steps that belong to no stage, such as exporting. */
  readonly stage?: string;
}

export interface StepStarted extends StepIdentity {
  readonly type: 'step-started';
  /** As BuildKit names it, without platform, stage and count: `RUN pip install …`. */
  readonly name: string;
  /** Position within the stage, 1-based, and how many steps the stage has. */
  readonly position?: number;
  readonly count?: number;
}

/** Bytes moved or unpacked within a step (a layer that is pulled, a context that is sent). */
export interface StepProgress extends StepIdentity {
  readonly type: 'step-progress';
  /** What moves: a digest, `transferring context`, `extracting …`. */
  readonly item: string;
  /** Bytes so far, and in all when known. */
  readonly current: number;
  readonly total?: number;
}

export interface StepLog extends StepIdentity {
  readonly type: 'step-log';
  readonly stream: 'stdout' | 'stderr';
  /** One whole line without its line break. */
  readonly text: string;
}

export interface StepFinished extends StepIdentity {
  readonly type: 'step-finished';
  readonly name: string;
  readonly cached: boolean;
  readonly durationMs: number;
  /** Present when the step failed: the first line of its error; `cancelled` when a sibling failed. */
  readonly error?: string;
}

/** A build check of BuildKit's Dockerfile frontend, such as `JSONArgsRecommended`. */
export interface TargetWarning {
  readonly type: 'target-warning';
  readonly at: number;
  readonly target: string;
  readonly diagnostic: Diagnostic;
  readonly url?: string;
}

/** What failed may pass by itself: it is tried again after a while. */
export interface TargetRetried {
  readonly type: 'target-retried';
  readonly at: number;
  /** Target id, or `image:tag` of an index whose tags are moved. */
  readonly target: string;
  /** In a few words: `127.0.0.1:5000 answered 503`. */
  readonly because: string;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
  /** Number of the next try, 2 or more, and how many there are at most. */
  readonly attempt: number;
  readonly of: number;
}

export interface TargetFinished {
  readonly type: 'target-finished';
  readonly at: number;
  readonly target: string;
  readonly outcome: TargetOutcome;
  /** Milliseconds; 0 when it never started. */
  readonly durationMs: number;
  /** Digest of the index or manifest that was made. */
  readonly digest?: string;
  /** Compressed bytes of all layers, for each platform. */
  readonly sizes?: readonly {readonly platform: string; readonly compressedBytes: number}[];
  readonly steps: {readonly total: number; readonly cached: number};
  /** Why it failed; for `aborted` and `unstarted`, what ended it. */
  readonly failure?: Failure;
}

/**
 * What became of tags, or of the layout of an index. `unchanged`: they held the right image already;
 * `restored`: they moved, and were put back since another publication failed; `held-back`: nothing was
 * tried, since something that the run makes public is missing.
 */
export type PublicationOutcome = 'published' | 'unchanged' | 'failed' | 'restored' | 'held-back';

/** Where one reference pointed and points. */
export interface TagMove {
  readonly reference: string;
  /** Digest that it had; null when there was no such tag, or when that is not known. */
  readonly before: string | null;
  /** Digest that it has now; null when it is not known. */
  readonly after: string | null;
}

/** Tags are about to be moved. */
export interface PublicationStarted {
  readonly type: 'publication-started';
  readonly at: number;
  /** Target id, or `image:tag` of an index. */
  readonly of: string;
  /** Full references, or the folder of a layout. */
  readonly references: readonly string[];
}

export interface PublicationFinished {
  readonly type: 'publication-finished';
  readonly at: number;
  readonly of: string;
  readonly outcome: PublicationOutcome;
  readonly moves: readonly TagMove[];
  /** Why it failed. */
  readonly failure?: Failure;
}

/**
 * The last lines of `build --progress json`, one for each failure that its exit code comes from, also
 * of a command that failed before there was a run. No sink sees it.
 */
export interface CommandFailed {
  readonly type: 'failed';
  readonly at: number;
  readonly failure: Failure;
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly at: number;
  readonly runId: string;
  readonly durationMs: number;
  readonly outcomes: Readonly<Record<TargetOutcome, number>>;
  /** Path of the record, relative to the working directory; absent when it could not be written. */
  readonly recordFile?: string;
}
