import type {Diagnostic, SourceRange} from './diagnostic.ts';
import type {RegistryFailureKind} from './registry-failure-kind.ts';

/** matrix.yml, or what it names (a Dockerfile, a stage), is not usable. Nothing was built. */
export interface InvalidMatrix {
  readonly reason: 'invalid-matrix';
  readonly diagnostics: readonly Diagnostic[];
}

/** The command line asks for something that does not exist or does not go together. */
export interface InvalidUsage {
  readonly reason: 'invalid-usage';
  readonly message: string;
  readonly remedy: string;
}

/** Docker, buildx, the daemon, a builder or one of its platforms cannot be used. */
export interface EngineUnusable {
  readonly reason: 'engine-unusable';
  readonly problem:
    | 'docker-missing'
    | 'buildx-missing'
    | 'buildx-too-old'
    | 'daemon-unreachable'
    | 'builder-missing'
    | 'builder-unreachable'
    | 'builder-lacks-platform'
    | 'builder-lacks-output'
    | 'state-busy';
  readonly message: string;
  readonly remedy: string;
}

/**
 * A registry does not let docker push, or could not take what is to be pushed. Found before anything
 * was built, or before a push.
 */
export interface RegistryUnusable {
  readonly reason: 'registry-unusable';
  readonly diagnostics: readonly Diagnostic[];
}

/** One target did not build, or could not be pushed or loaded. */
export interface BuildFailed {
  readonly reason: 'build-failed';
  readonly target: string;
  /** The first line of the cause, as BuildKit or docker worded it. */
  readonly message: string;
  /** Present when a registry or the network is the cause. */
  readonly cause?: RegistryFailureKind;
  readonly platform?: string;
  readonly stage?: string;
  /** The step as BuildKit names it: `RUN pip install …`. */
  readonly step?: string;
  /** Where in the Dockerfile, when BuildKit's solve tells it. */
  readonly range?: SourceRange;
  /** Dockerfile lines around `range`, as `{line, text}`, the failing lines marked. */
  readonly excerpt?: readonly {
    readonly line: number;
    readonly text: string;
    readonly failed: boolean;
  }[];
  /** The last lines that the failed step printed. */
  readonly logTail: readonly string[];
  /** Whole log of this target, relative to the working directory. */
  readonly logFile: string;
  /** What usually causes this and what to do. */
  readonly hint?: string;
}

/** The build succeeded, but what it made could not be read back and measured. */
export interface MeasureFailed {
  readonly reason: 'measure-failed';
  readonly target: string;
  readonly message: string;
  readonly remedy: string;
}

/** Tags or indexes could not be made to point at what was built. */
export interface PublishFailed {
  readonly reason: 'publish-failed';
  /** Target id, or `image:tag` of an index. */
  readonly of: string;
  readonly message: string;
  /** Present when a registry or the network is the cause. */
  readonly cause?: RegistryFailureKind;
  readonly remedy: string;
}

/** What is to be published together does not belong together, or is not all there. Nothing moved. */
export interface PublishRefused {
  readonly reason: 'publish-refused';
  readonly message: string;
  readonly remedy: string;
}

/** An image that was made is larger than matrix.yml allows, or has grown more. */
export interface BudgetExceeded {
  readonly reason: 'budget-exceeded';
  readonly target: string;
  readonly platform: string;
  /** The stage that adds too much; absent for the image as a whole. */
  readonly stage?: string;
  /** `growth` is that of the compressed size. */
  readonly measure: 'compressed' | 'unpacked' | 'growth';
  /** The limit as written (`3.5GB`, `5%`), and in bytes: the most that is allowed. */
  readonly written: string;
  readonly limit: number;
  /** Bytes that it has; for `growth`, bytes that it has more than before. */
  readonly actual: number;
  /** What it is compared with (`v1.4.2`, `run 20261124-…`); absent when with nothing. */
  readonly against?: string;
  /** What grew, or what is largest, in words. */
  readonly because?: string;
  /** Where the limit stands in matrix.yml. */
  readonly range?: SourceRange;
}

/** A release that was not begun: nothing was changed. */
export interface ReleaseRefused {
  readonly reason: 'release-refused';
  readonly version: string;
  /** Everything that speaks against it. */
  readonly problems: readonly {readonly message: string; readonly remedy: string}[];
}

/** A release that could not be finished: what was done stays, and the next run goes on from there. */
export interface ReleaseStopped {
  readonly reason: 'release-stopped';
  readonly version: string;
  /** The steps that failed, and why. */
  readonly problems: readonly {
    readonly step: string;
    readonly message: string;
    readonly remedy: string;
  }[];
  /** Steps that are as they should be, and steps in all. */
  readonly done: number;
  readonly of: number;
}

/** A file could not be read or written. */
export interface FileUnusable {
  readonly reason: 'file-unusable';
  readonly path: string;
  readonly message: string;
}

/** The user or the system asked for an end. */
export interface Interrupted {
  readonly reason: 'interrupted';
  readonly signal: 'SIGINT' | 'SIGTERM';
}

/** A bug in build-matrix itself. */
export interface UnknownError {
  readonly reason: 'unknown-error';
  readonly message: string;
  readonly stack?: string;
}

/** Every way in which a command can fail; each member holds only what its own message needs. */
export type Failure =
  | InvalidMatrix
  | InvalidUsage
  | EngineUnusable
  | RegistryUnusable
  | BuildFailed
  | MeasureFailed
  | PublishFailed
  | PublishRefused
  | BudgetExceeded
  | ReleaseRefused
  | ReleaseStopped
  | FileUnusable
  | Interrupted
  | UnknownError;
