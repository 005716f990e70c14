/** What is known of the commit that is built. */
export interface GitFacts {
  /** Full commit id. */
  readonly commit: string;
  readonly branch: string | null;
  /** The greatest semver tag on this very commit, as written (`v1.4.2`). */
  readonly tag: string | null;
  /** True when tracked files differ from the commit. */
  readonly dirty: boolean;
  /** Time of the commit, ISO 8601 in UTC. */
  readonly committedAt: string;
  /** URL of the `origin` remote without credentials, for the OCI source label. */
  readonly remote: string | null;
}

export interface Git {
  /** Facts of the checkout that holds `folder`; null outside a checkout, without git, or before a first commit. */
  facts(folder: string): Promise<GitFacts | null>;
  /** Full id of the commit that a branch, tag, or other revision means in that checkout; null when none. */
  commitOf(folder: string, revision: string): Promise<string | null>;
  /**
   * Text of a file as it was at a revision; null when there is no such revision or file.
   *
   * @param path relative to `folder`
   */
  fileAt(folder: string, revision: string, path: string): Promise<string | null>;
}
