import {z} from 'zod';
import {parseChallenges} from '../docker/authentication-challenge.ts';
import type {Credentials} from '../docker/docker-config.ts';
import {isLocalHost} from '../docker/local-host.ts';
import type {HttpRequest, Send} from './http-request.ts';
import {manifestBytes} from './manifest-bytes.ts';

const tokenAnswer = z.object({token: z.string().optional(), access_token: z.string().optional()});

/**
 * The `Authorization` value that answers the challenge of a 401, or undefined when there is no way
 * (no login for Basic, or the token server refuses). Bearer tokens follow the distribution project's
 * spec/auth/token.md and oauth.md.
 */
export async function answerChallenge(
  header: string | null,
  scope: string,
  credentials: Credentials | undefined,
  send: Send,
): Promise<string | undefined> {
  const challenges = parseChallenges(header ?? '');
  const bearer = challenges.find(({scheme}) => scheme === 'bearer');
  if (bearer !== undefined) return bearerToken(bearer.parameters, scope, credentials, send);
  const isBasic = challenges.some(({scheme}) => scheme === 'basic');
  return isBasic && credentials?.kind === 'password' ? basic(credentials) : undefined;
}

async function bearerToken(
  parameters: Readonly<Record<string, string>>,
  scope: string,
  credentials: Credentials | undefined,
  send: Send,
): Promise<string | undefined> {
  const {realm = '', service} = parameters;
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  // A login goes over TLS only, except to this very machine.
  const isSafe = url.protocol === 'https:' || isLocalHost(url.host);
  if (credentials !== undefined && !isSafe) return undefined;
  const fields = new URLSearchParams({
    ...(service === undefined ? {} : {service}),
    scope: parameters['scope'] ?? scope,
  });
  let request: HttpRequest = {};
  if (credentials?.kind === 'identity-token') {
    fields.set('grant_type', 'refresh_token');
    fields.set('refresh_token', credentials.token);
    fields.set('client_id', 'build-matrix');
    request = {method: 'POST', body: fields};
  } else {
    for (const [name, value] of fields) url.searchParams.append(name, value);
    if (credentials !== undefined) request = {headers: {authorization: basic(credentials)}};
  }
  const response = await send(url.href, request);
  if (!response.ok) {
    response.discard();
    return undefined;
  }
  const bytes = await manifestBytes(response.body).catch(() => undefined);
  const answer = tokenAnswer.safeParse(jsonIn(bytes));
  const token = answer.data?.token ?? answer.data?.access_token;
  return token === undefined ? undefined : `Bearer ${token}`;
}

function jsonIn(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}

function basic({username, password}: {username: string; password: string}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
