import type {ImageRef} from '../model/image-ref.ts';
import type {HttpAnswer, HttpRequest, Send} from './http-request.ts';
import {findLogin, type LoginSources} from './registry-credentials.ts';
import {answerChallenge} from './registry-login.ts';

/** How registries are reached. */
export interface RegistrySources extends LoginSources {
  /** `host[:port]` of registries without TLS, besides this very machine. */
  readonly insecureHosts: readonly string[];
  /** For one request, its answer included. */
  readonly timeoutMs?: number;
}

/** A request to a registry, and the `Authorization` that it was sent with in the end. */
export interface Authorized {
  readonly answer: HttpAnswer;
  readonly authorization: string | undefined;
}

export interface AuthorizedRequest {
  readonly address: ImageRef;
  readonly url: string;
  readonly request: HttpRequest & {readonly headers: Readonly<Record<string, string>>};
  /** What the token is to open, where the challenge does not tell: `pull` or `pull,push`. */
  readonly actions: string;
  /** `Authorization` that worked before. */
  readonly known?: string | undefined;
  /** Sends the request itself. */
  readonly send: Send;
  /** Sends what is asked of a token server. */
  readonly sendForToken: Send;
}

/**
 * Sends a request, and once more with the login of the user's docker when the registry answers 401 with a
 * challenge (distribution spec, "Authentication"; the distribution project's spec/auth/token.md). The 401
 * is the answer where there is no login for it. A `known` authorization that is refused counts as none:
 * tokens expire, and Amazon then answers 403 without a challenge.
 */
export async function sendAuthorized(
  access: LoginSources,
  {address, url, request, actions, known, send, sendForToken}: AuthorizedRequest,
): Promise<Authorized> {
  const {host, path} = address;
  const sendWith = (authorization: string | undefined): Promise<HttpAnswer> =>
    send(url, {
      ...request,
      headers: {...request.headers, ...(authorization === undefined ? {} : {authorization})},
    });
  let first = await sendWith(known);
  let authorization = known;
  if (first.status === 403 && known !== undefined) {
    first.discard();
    authorization = undefined;
    first = await sendWith(undefined);
  }
  if (first.status !== 401) return {answer: first, authorization};
  const answering = await answerChallenge(
    first.headers.get('www-authenticate'),
    `repository:${path}:${actions}`,
    (await findLogin(access, host)).credentials,
    sendForToken,
  );
  if (answering === undefined) return {answer: first, authorization: undefined};
  first.discard();
  return {answer: await sendWith(answering), authorization: answering};
}

/** Sends as `sendAuthorized` does: a login that opened a repository is used for it again. */
export function rememberLogins(
  access: LoginSources,
): (request: Omit<AuthorizedRequest, 'known'>) => Promise<Authorized> {
  /** `Authorization` values that worked, by repository: one token opens one repository. */
  const logins = new Map<string, string>();
  return async (request) => {
    const key = `${request.address.host}/${request.address.path}`;
    const sent = await sendAuthorized(access, {...request, known: logins.get(key)});
    if (sent.authorization === undefined) logins.delete(key);
    else if (sent.answer.ok) logins.set(key, sent.authorization);
    return sent;
  };
}
