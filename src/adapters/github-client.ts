import {retry} from '@octokit/plugin-retry';
import {throttling, type ThrottlingOptions} from '@octokit/plugin-throttling';
import {Octokit} from '@octokit/rest';
import {isLocalHost} from '../docker/local-host.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {GitHubFailure} from '../ports/github.ts';
import {useProxiesForFetch} from './proxies.ts';

export interface GitHubAccess {
  /** `GITHUB_API_URL`: `https://api.github.com`, or that of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** null: only what everybody may read. */
  readonly token: string | null;
  /** Name and version of this program. */
  readonly userAgent: string;
  /** How long a second of a retry or a rate limit is, in ms; other than 1000 only in tests. */
  readonly secondMs?: number;
  readonly signal?: AbortSignal;
}

/** More waiting than this is the user's decision. */
const longestWaitSeconds = 120;
const mostRetries = 3;

/**
 * octokit with GitHub's own advice built in: writes a second apart, 5xx and lost connections tried
 * again, primary and secondary rate limits waited for up to two minutes each. Requests that must not
 * be sent twice say `request: {retries: 0}`.
 *
 * Load this module lazily: octokit takes longer to load than a plan to make.
 */
export function createGitHubClient(access: GitHubAccess): Octokit {
  const {apiUrl, token, userAgent, secondMs = 1000, signal} = access;
  const waits = (retryAfter: number, _options: object, _client: object, count: number): boolean =>
    retryAfter <= longestWaitSeconds && count < mostRetries;
  useProxiesForFetch();
  const client = new (Octokit.plugin(retry, throttling))({
    baseUrl: apiUrl.replace(/\/$/, ''),
    userAgent,
    ...(token === null ? {} : {auth: token}),
    // What fails is told by who asked; octokit would print it as well.
    log: {debug: ignore, info: ignore, warn: ignore, error: ignore},
    // 429 is a rate limit, for which the throttling below waits as long as it asks.
    retry: {retryAfterBaseValue: secondMs, doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451]},
    throttle: {
      retryAfterBaseValue: secondMs,
      onRateLimit: waits,
      onSecondaryRateLimit: waits,
      // The limits of api.github.com do not hold on this very machine.
      ...(URL.canParse(apiUrl) && isLocalHost(new URL(apiUrl).host)
        ? {write: unpaced, notifications: unpaced}
        : {}),
    },
  });
  if (signal !== undefined) {
    client.hook.before('request', (options) => {
      options.request.signal ??= signal;
    });
    // The pauses of the plugins know no signal.
    client.hook.wrap('request', (request, options) =>
      Promise.race([request(options), stopped(signal)]),
    );
  }
  return client;
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(new DOMException('the request was stopped', 'AbortError'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, {once: true});
  });
}

function ignore(): void {
  // On purpose.
}

type PacingGroup = NonNullable<ThrottlingOptions['write']>;

/** Of a pacing group the plugin uses this alone. */
const unpaced = {
  key: () => ({schedule: (_options: object, work: () => Promise<void>) => work()}),
} as unknown as PacingGroup;

/** Calls GitHub; what octokit throws becomes a failure. Bugs of our own stay exceptions. */
export async function attemptGitHub<T>(work: () => Promise<T>): Promise<Result<T, GitHubFailure>> {
  try {
    return ok(await work());
  } catch (error) {
    const failure = gitHubFailure(error);
    if (failure === undefined) throw error;
    return err(failure);
  }
}

/** What octokit's error means; undefined when it is none of octokit's. */
export function gitHubFailure(error: unknown): GitHubFailure | undefined {
  // By shape: two copies of the class may be installed.
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'AbortError') {
    return {kind: 'unreachable', status: null, message: 'the request was stopped'};
  }
  if (!('status' in error) || typeof error.status !== 'number') return undefined;
  const message = error.message.replace(/ - https:\/\/docs\.github\.com\S*$/u, '').slice(0, 500);
  const response =
    'response' in error ? (error.response as {headers?: Record<string, unknown>}) : undefined;
  if (response === undefined) return {kind: 'unreachable', status: null, message};
  const limited =
    /\brate limit/i.test(message) || response.headers?.['x-ratelimit-remaining'] === '0';
  return {kind: kindOf(error.status, limited), status: error.status, message};
}

function kindOf(status: number, limited: boolean): GitHubFailure['kind'] {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return limited ? 'rate-limited' : 'forbidden';
    case 404:
    case 410:
      return 'not-found';
    case 429:
      return 'rate-limited';
    default:
      return status >= 500 ? 'server' : 'invalid';
  }
}
