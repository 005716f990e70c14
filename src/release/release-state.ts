import type {GitHubRelease} from '../ports/github.ts';

/** What the steps of one run have seen so far; nothing of it is needed by the next run. */
export interface ReleaseState {
  /** Digest of each exact tag that is there, by its reference. */
  readonly digests: Map<string, string>;
  /** The release on GitHub; undefined before anybody looked, null when there is none. */
  github: GitHubRelease | null | undefined;
  /** Id of the draft that this run has made on GitHub, which may list it only in a while. */
  made: number | null;
}

export const newReleaseState = (): ReleaseState => ({
  digests: new Map(),
  github: undefined,
  made: null,
});
