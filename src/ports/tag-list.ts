import type {Result} from '../model/result.ts';
import type {ImageReadFailure} from './images.ts';

/** Tags of registries. */
export interface TagList {
  /** Every tag of a repository; none when there is no such repository yet. */
  list(
    repository: string,
    signal?: AbortSignal,
  ): Promise<Result<readonly string[], ImageReadFailure>>;
}
