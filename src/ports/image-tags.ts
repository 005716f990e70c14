import type {Result} from '../model/result.ts';
import type {ImageReadFailure} from './images.ts';

/** Tags of registries, to be read. */
export interface TagList {
  /** Every tag of a repository; none when there is no such repository yet. */
  list(
    repository: string,
    signal?: AbortSignal,
  ): Promise<Result<readonly string[], ImageReadFailure>>;
}

/** Tags of registries, as a release reads and moves them. */
export interface ImageTags extends TagList {
  /** Makes tags point at images that the registry has, without building anything. */
  point(request: PointRequest): Promise<Result<void, PointFailure>>;
}

export interface PointRequest {
  /** Full references, all of one repository. */
  readonly references: readonly string[];
  /** `repository@digest`; several are joined to one index. A single one keeps its digest. */
  readonly sources: readonly string[];
  /** Annotations of the joined index. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PointFailure {
  readonly message: string;
  readonly remedy: string;
  /** True for what may go away by itself: the network, an overloaded registry. */
  readonly passing: boolean;
}
