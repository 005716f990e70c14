import type {Result} from '../model/result.ts';

/** Why GitHub did not do what it was asked for. */
export interface GitHubFailure {
  readonly kind:
    /** No token, or one that GitHub does not know. */
    | 'unauthorized'
    /** The token may not do this. */
    | 'forbidden'
    /** Not there; GitHub also says so of what a token may not see. */
    | 'not-found'
    /** 422: what was sent cannot be, or is there already. */
    | 'invalid'
    /** A primary or secondary rate limit, after waiting for it as long as is sensible. */
    | 'rate-limited'
    /** 5xx, after several tries. */
    | 'server'
    /** No answer at all. */
    | 'unreachable';
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** What GitHub (or the network) says, in one line. */
  readonly message: string;
}

/** A repository as GitHub tells it to the holder of the token. */
export interface GitHubRepository {
  /** Whether the token may write; null when GitHub does not tell. */
  readonly canPush: boolean | null;
}

/** A release, drafts included. */
export interface GitHubRelease {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly body: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** True when neither its tag nor its assets can be changed any more. */
  readonly immutable: boolean;
  /** Page of the release. */
  readonly url: string;
  readonly uploadUrl: string;
  readonly assets: readonly GitHubAsset[];
}

export interface GitHubAsset {
  readonly id: number;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** False for what an upload that broke off has left. */
  readonly uploaded: boolean;
  /** `sha256:<hex>`; null when GitHub does not tell. */
  readonly digest: string | null;
}

/** What a release says of itself. */
export interface GitHubReleaseText {
  /** It must be there: GitHub would make one of its own. */
  readonly tag: string;
  readonly name: string;
  readonly body: string;
  readonly prerelease: boolean;
}

/** A file that a release carries. */
export interface GitHubAssetFile {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Releases of one repository on GitHub. */
export interface GitHubReleases {
  repository(): Promise<Result<GitHubRepository, GitHubFailure>>;
  /**
   * Releases of a tag: the published one, or else its drafts, the first one first. GitHub lets any number
   * of drafts have the same tag.
   *
   * @param made id of a release that belongs to them, be it listed or not, as long as it is there
   */
  ofTag(tag: string, made: number | null): Promise<Result<readonly GitHubRelease[], GitHubFailure>>;
  createDraft(text: GitHubReleaseText): Promise<Result<GitHubRelease, GitHubFailure>>;
  /** Replaces the text of a release. */
  updateBody(id: number, body: string): Promise<Result<void, GitHubFailure>>;
  /** Makes a draft public. `latest`: whether it becomes the release that the repository shows first. */
  publish(id: number, latest: boolean): Promise<Result<void, GitHubFailure>>;
  deleteDraft(id: number): Promise<Result<void, GitHubFailure>>;
  upload(release: GitHubRelease, file: GitHubAssetFile): Promise<Result<void, GitHubFailure>>;
  /** Text of a file of a release. */
  readAsset(id: number): Promise<Result<string, GitHubFailure>>;
  deleteAsset(id: number): Promise<Result<void, GitHubFailure>>;
  /** GitHub's own notes: what was merged since the previous tag. Nothing is stored. */
  generateNotes(request: {
    readonly tag: string;
    readonly commit: string;
    /** null: GitHub chooses. */
    readonly previousTag: string | null;
  }): Promise<Result<string, GitHubFailure>>;
}
