import {findGitHubToken, hostOfApi, publicApiUrl} from '../adapters/github-token.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {GitHubReleases} from '../ports/github.ts';
import type {Processes} from '../ports/processes.ts';
import type {ReleaseGit} from '../ports/release-git.ts';
import type {ReleaseProblem} from '../release/checkout-guards.ts';
import type {ReleaseRules} from '../release/release-rules.ts';
import type {CommandContext} from './context.ts';

export interface OpenGitHub {
  readonly context: CommandContext;
  readonly processes: Processes;
  /** A folder in the checkout. */
  readonly folder: string;
  readonly git: ReleaseGit;
  readonly rules: ReleaseRules;
  readonly signal: AbortSignal;
}

/** Releases of the repository on GitHub that the file, the workflow or the git remote names. */
export async function openGitHub(
  request: OpenGitHub,
): Promise<
  Result<{readonly repository: string; readonly releases: GitHubReleases}, ReleaseProblem>
> {
  const {context, processes, signal} = request;
  const {environment} = context;
  const apiUrl = environment['GITHUB_API_URL'] ?? publicApiUrl;
  const repository = await repositoryOf(request, hostOfApi(apiUrl));
  if (repository === null) {
    return err({
      message: 'no repository on GitHub is known for the release',
      remedy:
        'name it under `release.github` in matrix.yml (`owner/name`), or leave it out: --no-github',
    });
  }
  const token = await findGitHubToken(environment, processes, apiUrl);
  if (token === null) {
    return err({
      message: `there is no token for ${repository} on GitHub`,
      remedy: 'set GH_TOKEN or GITHUB_TOKEN, run `gh auth login`, or leave GitHub out: --no-github',
    });
  }
  // octokit takes longer to load than all the rest.
  const [{createGitHubClient}, {createGitHubReleases}] = await Promise.all([
    import('../adapters/github-client.ts'),
    import('../adapters/github-releases.ts'),
  ]);
  const userAgent = `build-matrix/${context.version}`;
  const client = createGitHubClient({apiUrl, token, userAgent, signal});
  return ok({repository, releases: createGitHubReleases(client, repository)});
}

async function repositoryOf(
  {context, folder, git, rules}: OpenGitHub,
  host: string,
): Promise<string | null> {
  if (typeof rules.github === 'string') return rules.github;
  const ofWorkflow = context.environment['GITHUB_REPOSITORY'];
  if (ofWorkflow !== undefined && ofWorkflow !== '') return ofWorkflow;
  const url = (await git.checkout(folder, rules.remote))?.remoteUrl ?? '';
  // `https://github.com/owner/name.git`, `git@github.com:owner/name`, `ssh://git@github.com/…`.
  const match =
    /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?([^/:]+(?::\d+)?)[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/u.exec(url);
  return match?.[1] === host ? (match[2] ?? null) : null;
}
