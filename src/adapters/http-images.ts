import {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import pLimit, {type LimitFunction} from 'p-limit';
import {
  digestPattern,
  invalid,
  isReference,
  manifestTypes,
  storedManifest,
} from '../docker/stored-manifest.ts';
import {parseImageRef, type ImageRef} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {TagDigests} from '../ports/tag-digests.ts';
import {manifestBytes} from './manifest-bytes.ts';
import {findCredentials, type LoginSources} from './registry-credentials.ts';
import {answerChallenge} from './registry-login.ts';
import {causeOf, sayings} from './registry-sayings.ts';
import {registryUrl} from './registry-url.ts';

export interface RegistryAccess extends LoginSources {
  /** `host[:port]` of registries without TLS, besides this very machine. */
  readonly insecureHosts: readonly string[];
  /** For one request, its answer included. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often and after how many milliseconds a request without an answer, or with 429 or 5xx, is sent again. */
  readonly retryAfterMs?: readonly number[];
}

/** As many connections as BuildKit itself opens to one registry. */
const connectionsPerHost = 4;
const longestRetryAfterMs = 20_000;

/**
 * Images of registries, over the distribution HTTP API (opencontainers/distribution-spec).
 * `repository` is `host/path`, or a familiar Docker Hub name. Logins are those of the user's docker.
 */
export function createRegistryImages(access: RegistryAccess): Images & TagDigests {
  const limits = new Map<string, LimitFunction>();
  /** `Authorization` values that worked, by repository: one token opens one repository. */
  const logins = new Map<string, string>();

  const {timeoutMs = 30_000} = access;

  function limitOf(host: string): LimitFunction {
    const limit = limits.get(host) ?? pLimit(connectionsPerHost);
    limits.set(host, limit);
    return limit;
  }

  async function send(url: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(timeoutMs);
    return fetch(url, {
      ...init,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  }

  /** Has `timeoutMs` for the head of the answer, and for each piece of its body. */
  async function sendForBlob(
    url: string,
    init: RequestInit,
    signal?: AbortSignal,
  ): Promise<Response> {
    const silence = new AbortController();
    const expire = (): void => {
      silence.abort(new Error(`no byte came for ${timeoutMs} ms`));
    };
    const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const head = setTimeout(expire, timeoutMs);
    try {
      return withPatience(await fetch(url, {...init, signal: ends}), timeoutMs, expire);
    } finally {
      clearTimeout(head);
    }
  }

  /** One request, sent a second time with a login when the registry asks for one. */
  async function get(
    address: ImageRef,
    url: string,
    signal: AbortSignal | undefined,
    sendOne = send,
  ): Promise<Response> {
    const key = `${address.host}/${address.path}`;
    const accept = manifestTypes.join(', ');
    const known = logins.get(key);
    const first = await sendOne(
      url,
      {headers: {accept, ...(known === undefined ? {} : {authorization: known})}},
      signal,
    );
    if (first.status !== 401) return first;
    const authorization = await answerChallenge(
      first.headers.get('www-authenticate'),
      `repository:${address.path}:pull`,
      await findCredentials(access, address.host),
      (tokenUrl, init) => send(tokenUrl, init, signal),
    );
    if (authorization === undefined) return first;
    await first.body?.cancel();
    const second = await sendOne(url, {headers: {accept, authorization}}, signal);
    if (second.ok) logins.set(key, authorization);
    return second;
  }

  async function getPatiently(
    address: ImageRef,
    url: string,
    signal: AbortSignal | undefined,
    sendOne = send,
  ): Promise<Result<Response, ImageReadFailure>> {
    const delays = access.retryAfterMs ?? [300, 1500];
    for (let attempt = 0; ; attempt += 1) {
      const answer = await get(address, url, signal, sendOne).then(ok, (error: unknown) =>
        err(noAnswer(address.host, error)),
      );
      const delay = delays[attempt];
      const again = answer.ok
        ? answer.value.status === 429 || answer.value.status >= 500
        : answer.error.kind === 'unreachable';
      if (!again || delay === undefined || signal?.aborted === true) return answer;
      const asked = answer.ok ? Number(answer.value.headers.get('retry-after')) * 1000 : 0;
      if (answer.ok) await answer.value.body?.cancel();
      const wait = Math.min(Math.max(delay, asked || 0), longestRetryAfterMs);
      // An abort ends the wait, and the next request at once.
      await sleep(wait, undefined, {...(signal && {signal})}).catch(() => undefined);
    }
  }

  /** A JSON document; `kind` is the part of the API that serves it. */
  async function read(
    repository: string,
    kind: 'manifests' | 'blobs',
    reference: string,
    signal: AbortSignal | undefined,
  ): ReturnType<Images['manifest']> {
    const parsed = parseImageRef(repository);
    if (!parsed.ok) return invalid(parsed.error.message);
    const address = parsed.value;
    const isDigest = digestPattern.test(reference);
    const name = `${repository}${isDigest ? '@' : ':'}${reference}`;
    if (!isReference(reference)) return invalid(`${name} is neither a tag nor a digest`);
    const url = `${registryUrl(address.host, access.insecureHosts)}/v2/${address.path}/${kind}/${reference}`;
    return limitOf(address.host)(async () => {
      const answer = await getPatiently(address, url, signal);
      if (!answer.ok) return answer;
      const response = answer.value;
      if (!response.ok) return err(await refusal(response, name, address.host));
      const bytes = await manifestBytes(bodyOf(response)).catch(causeOf);
      if (typeof bytes === 'string') {
        return err({kind: 'unreachable', message: `cannot read ${name}: ${bytes}`});
      }
      if (bytes === undefined) return invalid(`${name} is larger than any manifest may be (8 MiB)`);
      const type = response.headers.get('content-type') ?? undefined;
      return storedManifest(name, bytes, isDigest ? reference : undefined, type);
    });
  }

  /** Distribution spec, "Checking if content exists in the registry". */
  async function digestOfTag(
    repository: string,
    reference: string,
    signal: AbortSignal | undefined,
  ): ReturnType<TagDigests['digest']> {
    const parsed = parseImageRef(repository);
    if (!parsed.ok) return invalid(parsed.error.message);
    const {host, path} = parsed.value;
    const name = `${repository}:${reference}`;
    if (!isReference(reference)) return invalid(`${name} is neither a tag nor a digest`);
    const url = `${registryUrl(host, access.insecureHosts)}/v2/${path}/manifests/${reference}`;
    const answer = await limitOf(host)(() =>
      getPatiently(parsed.value, url, signal, (one, init, ends) =>
        send(one, {...init, method: 'HEAD'}, ends),
      ),
    );
    if (!answer.ok) return answer;
    if (!answer.value.ok) return err(await refusal(answer.value, name, host));
    const digest = answer.value.headers.get('docker-content-digest') ?? '';
    if (digestPattern.test(digest)) return ok(digest);
    // The header is not required.
    const manifest = await read(repository, 'manifests', reference, signal);
    return manifest.ok ? ok(manifest.value.digest) : manifest;
  }

  return {
    manifest: (repository, reference, signal) => read(repository, 'manifests', reference, signal),
    digest: digestOfTag,
    async config(repository, digest, signal) {
      const document = await read(repository, 'blobs', digest, signal);
      return document.ok ? ok(document.value.json) : document;
    },
    async blob(repository, digest, signal) {
      const parsed = parseImageRef(repository);
      if (!parsed.ok) return invalid(parsed.error.message);
      const {host, path} = parsed.value;
      const name = `${repository}@${digest}`;
      if (!digestPattern.test(digest)) return invalid(`${name}: ${digest} is no digest`);
      const url = `${registryUrl(host, access.insecureHosts)}/v2/${path}/blobs/${digest}`;
      const answer = await limitOf(host)(() =>
        getPatiently(parsed.value, url, signal, sendForBlob),
      );
      if (!answer.ok) return answer;
      if (!answer.value.ok) return err(await refusal(answer.value, name, host));
      return ok(bodyOf(answer.value));
    },
  };
}

/** The same answer, whose body expires when no piece of it comes for `timeoutMs`. */
function withPatience(response: Response, timeoutMs: number, expire: () => void): Response {
  // Before the timer starts: nothing would ever stop it.
  if (response.body === null) return response;
  let timer: NodeJS.Timeout | undefined;
  const patience = new TransformStream<Uint8Array, Uint8Array>({
    start() {
      timer = setTimeout(expire, timeoutMs);
    },
    transform(piece, controller) {
      timer?.refresh();
      controller.enqueue(piece);
    },
    flush() {
      clearTimeout(timer);
    },
    cancel() {
      clearTimeout(timer);
    },
  });
  const {status, statusText, headers} = response;
  return new Response(response.body.pipeThrough(patience), {status, statusText, headers});
}

/** Some answers have no body at all. */
function bodyOf({body}: Response): AsyncIterable<Uint8Array> {
  return body ?? Readable.from([]);
}

async function refusal(response: Response, name: string, host: string): Promise<ImageReadFailure> {
  const body = await manifestBytes(bodyOf(response)).catch(() => undefined);
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

function noAnswer(host: string, error: unknown): ImageReadFailure {
  const message = `cannot reach ${host}: ${causeOf(error)}`;
  if (!plainHttpCodes.has(codeOf(error))) return {kind: 'unreachable', message};
  return {kind: 'plain-http', message: `${host} does not speak TLS, and was asked over https`};
}

/** What OpenSSL says of an answer in plain HTTP, by the length that it reads into its first letters. */
const plainHttpCodes = new Set<unknown>([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
]);

function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const {cause} = error;
  if (cause instanceof AggregateError) return codeOf(cause.errors[0]);
  return cause instanceof Error ? codeOf(cause) : 'code' in error ? error.code : undefined;
}
