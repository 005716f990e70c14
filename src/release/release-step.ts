import type {RegistryFailure} from '../docker/registry-failure.ts';
import type {Result} from '../model/result.ts';

/** Why a step could not be looked at, or not be done. */
export interface StepFailure {
  readonly message: string;
  readonly remedy: string;
  /** True for what may go away by itself, so that it is worth another try. */
  readonly passing: boolean;
  /** What is known of it where a registry is behind it. */
  readonly registry?: Pick<RegistryFailure, 'kind' | 'because' | 'retryAfterMs'> & {
    /** `host/path`. */
    readonly repository: string;
  };
}

/** What is there of a step. */
export type Observed =
  /** Everything is as it should be. */
  | {readonly state: 'right'}
  /** It has to be done; `will` says what, in a few words. */
  | {readonly state: 'missing'; readonly will: string}
  /** Something else is in its place, which a release never overwrites. */
  | {readonly state: 'conflict'; readonly message: string; readonly remedy: string};

/**
 * A step that can be repeated at will: `observe` changes nothing, and `perform`, which comes right after
 * it, does what it found missing. Where a run was ended does not matter: the next one observes.
 */
export interface StepWork {
  observe(): Promise<Result<Observed, StepFailure>>;
  perform(): Promise<Result<void, StepFailure>>;
  /** Mends the cause of a failure that does not pass by itself, and tells whether it did. */
  repair?(failure: StepFailure): Promise<boolean>;
}

export const right: Observed = {state: 'right'};
