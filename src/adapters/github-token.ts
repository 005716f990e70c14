import type {Processes} from '../ports/processes.ts';

/** Where GitHub's API is, unless `GITHUB_API_URL` says otherwise. */
export const publicApiUrl = 'https://api.github.com';

/** The user's own token: `GH_TOKEN` or `GITHUB_TOKEN`, as `gh` reads them, or that of `gh` itself. */
export async function findGitHubToken(
  environment: Readonly<Record<string, string | undefined>>,
  processes: Processes,
  apiUrl: string,
): Promise<string | null> {
  const given = [environment['GH_TOKEN'], environment['GITHUB_TOKEN']].find(
    (token) => token !== undefined && token !== '',
  );
  if (given !== undefined) return given;
  const host = hostOfApi(apiUrl);
  const asked = await processes.run({
    command: 'gh',
    args: ['auth', 'token', '--hostname', host],
    timeoutMs: 10_000,
  });
  const token = asked.ok && asked.value.exitCode === 0 ? asked.value.stdout.trim() : '';
  return token === '' ? null : token;
}

/** Host of the web pages that belong to an API: `github.com`, or that of the server itself. */
export function hostOfApi(apiUrl: string): string {
  const host = URL.canParse(apiUrl) ? new URL(apiUrl).host : '';
  return host.replace(/^api\./, '');
}
