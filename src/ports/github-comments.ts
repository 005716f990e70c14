import type {Result} from '../model/result.ts';
import type {GitHubFailure} from './github.ts';

/** A comment on a pull request. */
export interface PullRequestComment {
  readonly id: number;
  readonly body: string;
  /** Whether an app wrote it, as GitHub Actions do, and not a person. */
  readonly isOfBot: boolean;
}

/** The comments on one pull request. */
export interface GithubComments {
  /** All of them, the oldest first. */
  list(): Promise<Result<readonly PullRequestComment[], GitHubFailure>>;
  create(body: string): Promise<Result<void, GitHubFailure>>;
  update(id: number, body: string): Promise<Result<void, GitHubFailure>>;
}
