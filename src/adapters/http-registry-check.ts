import {z} from 'zod';
import {withTimeLimit} from './time-limit.ts';
import {parseChallenges} from '../docker/authentication-challenge.ts';
import {pullLimitOf} from '../docker/pull-limit.ts';
import type {PullLimit, LoginAnswer, RegistryCheck} from '../ports/registry-check.ts';
import {sendRequest, type HttpAnswer, type Send} from './http-request.ts';
import {noAnswer, refusal} from './registry-answer.ts';
import {findLogin, type FoundLogin} from './registry-credentials.ts';
import {answerChallenge} from './registry-login.ts';
import type {RegistrySources} from './registry-session.ts';
import {registryUrl} from './registry-url.ts';

/**
 * Asks `/v2/` of a registry (distribution spec, "Determining Support") for the right to pull and push,
 * with the login that the user's docker has for it. A request may take 15 s
 * without `timeoutMs`.
 */
export function createRegistryCheck(access: RegistrySources): RegistryCheck {
  const {timeoutMs = 15_000} = access;
  return {
    async check(host, path, signal) {
      const send: Send = (url, request) =>
        sendRequest(url, {...request, signal: withTimeLimit(signal, timeoutMs)});
      const login = await findLogin(access, host);
      try {
        return await ask({base: registryUrl(host, access.insecureHosts), host, path}, login, send);
      } catch (error) {
        const {kind, message} = noAnswer(host, error);
        return answer(kind === 'untrusted' ? kind : 'unreachable', login, message);
      }
    },
  };
}

interface Place {
  readonly base: string;
  readonly host: string;
  readonly path: string;
}

async function ask(place: Place, login: FoundLogin, send: Send): Promise<LoginAnswer> {
  const {base, host, path} = place;
  const first = await send(`${base}/v2/`, {});
  if (first.status !== 401) {
    if (first.ok) first.discard();
    return first.ok
      ? answer('open', login, null)
      : answer('unreachable', login, (await refusal(first, `${host}/v2/`, host)).message);
  }
  first.discard();
  const challenge = first.headers.get('www-authenticate');
  if (login.credentials === undefined) {
    const pulls = await pullsLeft(place, challenge, login, send);
    return answer('no-login', login, null, pulls);
  }
  const scope = `repository:${path}:pull,push`;
  const authorization = await answerChallenge(challenge, scope, login.credentials, send);
  const isBearer = parseChallenges(challenge ?? '').some(({scheme}) => scheme === 'bearer');
  if (authorization === undefined) {
    const who = isBearer ? `the token server of ${host}` : host;
    return answer('refused', login, `${who} does not take it`);
  }
  const second = await send(`${base}/v2/`, {headers: {authorization}});
  if (!second.ok) {
    const {message} = await refusal(second, `${host}/v2/`, host);
    const kind = second.status === 401 || second.status === 403 ? 'refused' : 'unreachable';
    return answer(kind, login, kind === 'refused' ? said(second) : message);
  }
  second.discard();
  const pulls = await pullsLeft(place, challenge, login, send);
  return mayPush(authorization, path)
    ? answer('accepted', login, null, pulls)
    : answer('pull-only', login, `it may not push to ${path}`, pulls);
}

function said({status, statusText}: HttpAnswer): string {
  return `${status} ${statusText}`.trim();
}

function answer(
  kind: LoginAnswer['kind'],
  {source}: FoundLogin,
  message: string | null,
  pulls: PullLimit | null = null,
): LoginAnswer {
  return {kind, source, message, pulls};
}

const grants = z.object({
  access: z.array(z.object({name: z.string(), actions: z.array(z.string()).nullable()})).nullable(),
});

/**
 * False when the token itself says that it may not push (the `access` claim of the distribution
 * project's spec/auth/jwt.md); a token that cannot be read may do so, as far as is known.
 */
function mayPush(authorization: string, path: string): boolean {
  const payload = /^Bearer [^.]+\.([^.]+)\./u.exec(authorization)?.[1];
  if (payload === undefined) return true;
  try {
    const claims = grants.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    const granted = claims.access?.find(({name}) => name === path);
    return granted?.actions?.includes('push') ?? false;
  } catch {
    return true;
  }
}

/** A repository that Docker keeps for this question; asking for it by HEAD costs no pull. */
const previewRepository = 'ratelimitpreview/test';

async function pullsLeft(
  {base, host}: Place,
  challenge: string | null,
  {credentials}: FoundLogin,
  send: Send,
): Promise<PullLimit | null> {
  if (host !== 'docker.io') return null;
  const scope = `repository:${previewRepository}:pull`;
  const authorization = await answerChallenge(challenge, scope, credentials, send);
  const response = await send(`${base}/v2/${previewRepository}/manifests/latest`, {
    method: 'HEAD',
    ...(authorization === undefined ? {} : {headers: {authorization}}),
  });
  response.discard();
  return pullLimitOf((name) => response.headers.get(name)) ?? null;
}
