import {isLocalHost} from '../docker/local-host.ts';
import type {ImageReadFailure} from '../ports/images.ts';
import type {RegistryAnswer} from '../ports/registry-probe.ts';
import type {HttpAnswer} from './http-request.ts';
import {manifestBytes} from './manifest-bytes.ts';
import {proxyRemedy} from './proxies.ts';
import {causeOf, sayings, sayingsWithCode} from './registry-sayings.ts';
import {retryAfterMs} from './retry-after.ts';

/** What answers of registries mean. */

export async function refusal(
  response: HttpAnswer,
  name: string,
  host: string,
): Promise<ImageReadFailure> {
  const body = await manifestBytes(response.body).catch(() => undefined);
  const said = sayings(body);
  const status =
    `${response.status} ${response.statusText}`.trim() + (said === '' ? '' : `: ${said}`);
  switch (response.status) {
    case 401:
      return {
        kind: 'unauthorized',
        message: `${host} wants a login to read ${name} (${status}); run: docker login ${host}`,
      };
    case 403:
      return {kind: 'unauthorized', message: `${host} refuses to show ${name} (${status})`};
    case 404:
      return {kind: 'not-found', message: `${name} is not there (${status})`};
    default:
      return {
        kind: response.status === 429 || response.status >= 500 ? 'unreachable' : 'invalid',
        message: `${host} did not give ${name} (${status})`,
      };
  }
}

/** An answer read to its end; `authorization` is what it was asked with, which is not repeated. */
export async function wholeAnswer(
  response: HttpAnswer,
  authorization: string | undefined,
): Promise<RegistryAnswer> {
  const {status, statusText, headers} = response;
  const digest = headers.get('docker-content-digest');
  const asked = retryAfterMs(headers.get('retry-after'), Date.now());
  const body = await manifestBytes(response.body).catch(() => undefined);
  return {
    status,
    statusText,
    said: response.ok ? '' : withoutLogin(sayingsWithCode(body), authorization),
    ...(asked === undefined ? {} : {retryAfterMs: asked}),
    ...(response.ok && digest !== null ? {digest} : {}),
  };
}

/** Some registries repeat what they were sent. */
function withoutLogin(text: string, authorization = ''): string {
  const token = authorization.slice(authorization.indexOf(' ') + 1);
  if (token === '') return text;
  const clear = authorization.startsWith('Basic ')
    ? Buffer.from(token, 'base64').toString()
    : token;
  return [token, clear].reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}

export function noAnswer(host: string, error: unknown): ImageReadFailure {
  const code = codeOf(error);
  if (untrustedCodes.has(code)) {
    // Node's advice follows after a semicolon, for its own command line.
    const [cause] = causeOf(error).split(';');
    return {
      kind: 'untrusted',
      message: `the certificate of ${host} is not trusted: ${cause ?? ''}`,
    };
  }
  const message = `cannot reach ${host}: ${causeOf(error)}`;
  if (!plainHttpCodes.has(code)) {
    const remedy = isLocalHost(host) ? undefined : proxyRemedy();
    return {kind: 'unreachable', message: remedy === undefined ? message : `${message}; ${remedy}`};
  }
  return {kind: 'plain-http', message: `${host} does not speak TLS, and was asked over https`};
}

/** What OpenSSL and Node say of a certificate that no known authority has signed, or that is not right. */
const untrustedCodes = new Set<unknown>([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What OpenSSL says of an answer in plain HTTP, by the length that it reads into its first letters. */
const plainHttpCodes = new Set<unknown>([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
]);

function codeOf(error: unknown): unknown {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  const {cause} = error;
  return cause instanceof Error ? codeOf(cause) : 'code' in error ? error.code : undefined;
}
