import type {Result} from '../model/result.ts';

/** What a release has to know of a checkout beyond the commit itself. */
export interface ReleaseCheckout {
  /** True when the history was cut off by `--depth`. */
  readonly isShallow: boolean;
  /**
   * Whether a branch of the remote has the commit that is checked out, as far as was fetched or pushed
   * here; null when nothing is known of its branches.
   */
  readonly isPushed: boolean | null;
  /** Commit of each tag, by its name. */
  readonly localTags: ReadonlyMap<string, string>;
  /** URL of the remote, without credentials; null for a path of this machine. */
  readonly remoteUrl: string | null;
}

/** Tags of a git repository and of its remote. Errors are what git says, credentials masked. */
export interface ReleaseGit {
  /** null outside a checkout. */
  checkout(folder: string, remote: string): Promise<ReleaseCheckout | null>;
  /** Commit of each tag of the remote, by its name. */
  remoteTags(folder: string, remote: string): Promise<Result<ReadonlyMap<string, string>, string>>;
  /** Makes an annotated tag in the checkout. */
  createTag(request: {
    readonly folder: string;
    readonly name: string;
    readonly commit: string;
    readonly message: string;
  }): Promise<Result<void, string>>;
  /** Pushes a tag; never overwrites one. */
  pushTag(folder: string, remote: string, name: string): Promise<Result<void, string>>;
  /** Puts the remote's tag of this name in place of the one in the checkout. */
  fetchTag(folder: string, remote: string, name: string): Promise<Result<void, string>>;
  /** Whether the remote would take the tag, as far as `--dry-run` tells: connection and login. */
  tryPush(folder: string, remote: string, commit: string): Promise<Result<void, string>>;
}
