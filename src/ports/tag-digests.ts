import type {Result} from '../model/result.ts';
import type {ImageReadFailure} from './images.ts';

/** What tags mean now. */
export interface TagDigests {
  /**
   * Digest of the manifest or index that `reference` names in `repository` (`host/path`), asked of the
   * registry without reading it: Docker Hub does not count such a question as a pull.
   */
  digest(
    repository: string,
    reference: string,
    signal?: AbortSignal,
  ): Promise<Result<string, ImageReadFailure>>;
}
