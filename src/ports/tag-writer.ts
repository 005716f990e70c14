import type {Result} from '../model/result.ts';

/** Why a registry did not take a tag. */
export interface TagNotWritten {
  /** The words of the client or of the registry, with the status of its answer. */
  readonly message: string;
  /** What the registry asks to wait at least, in ms. */
  readonly retryAfterMs?: number;
}

/** Makes tags of registries, with the logins of the user's own docker. */
export interface TagWriter {
  /**
   * Makes tags of a repository (`host/path`) hold a manifest or index that it has already, one after the
   * other: those before the one that fails have moved. Nothing is sent twice.
   */
  writeTags(
    request: {
      readonly repository: string;
      readonly digest: string;
      readonly tags: readonly string[];
    },
    signal?: AbortSignal,
  ): Promise<Result<null, TagNotWritten>>;
}
