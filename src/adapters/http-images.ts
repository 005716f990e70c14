import {setTimeout as sleep} from 'node:timers/promises';
import pLimit, {type LimitFunction} from 'p-limit';
import {z} from 'zod';
import {withTimeLimit} from './time-limit.ts';
import {pullLimitOf} from '../docker/pull-limit.ts';
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
import type {TagList} from '../ports/tag-list.ts';
import type {PullLimit} from '../ports/registry-check.ts';
import {sendRequest, type HttpAnswer, type HttpRequest} from './http-request.ts';
import {manifestBytes} from './manifest-bytes.ts';
import {noAnswer, refusal} from './registry-answer.ts';
import {rememberLogins, type RegistrySources} from './registry-session.ts';
import {causeOf} from './registry-sayings.ts';
import {registryUrl} from './registry-url.ts';
import {retryAfterMs} from './retry-after.ts';

/** A request may take 30 s without `timeoutMs`. */
export interface RegistryAccess extends RegistrySources {
  /** Is told, at each answer of Docker Hub that says so, how many pulls are left. */
  readonly onPulls?: (pulls: PullLimit) => void;
  /** How often and after how many milliseconds a request without an answer, or with 429 or 5xx, is sent again. */
  readonly retryAfterMs?: readonly number[];
  /** The same for a registry that cannot be reached at all; without it there is no difference. */
  readonly unreachableAfterMs?: readonly number[];
}

/**
 * Requests at once to one registry. Layers share the line: as many as BuildKit itself reads. Documents
 * are small, and what they cost is the way there and back; layers do not hold them up.
 */
const atOnce = {layers: 4, documents: 16};
const longestRetryAfterMs = 20_000;

/**
 * Images of registries, over the distribution HTTP API (opencontainers/distribution-spec).
 * `repository` is `host/path`, or a familiar Docker Hub name. Logins are those of the user's docker.
 */
export function createRegistryImages(access: RegistryAccess): Images & TagList & TagDigests {
  const limits = new Map<string, LimitFunction>();
  const sendAuthorized = rememberLogins(access);

  const {timeoutMs = 30_000} = access;

  function limitOf(host: string, what: keyof typeof atOnce = 'documents'): LimitFunction {
    const key = `${what} of ${host}`;
    const limit = limits.get(key) ?? pLimit(atOnce[what]);
    limits.set(key, limit);
    return limit;
  }

  async function send(
    url: string,
    request: HttpRequest,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    return sendRequest(url, {...request, signal: withTimeLimit(signal, timeoutMs)});
  }

  /** Has `timeoutMs` for the head of the answer, and for each piece of its body. */
  async function sendForBlob(
    url: string,
    request: HttpRequest,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const silence = new AbortController();
    const expire = (): void => {
      silence.abort(new Error(`no byte came for ${timeoutMs} ms`));
    };
    const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const head = setTimeout(expire, timeoutMs);
    try {
      const answer = await sendRequest(url, {...request, signal: ends});
      return {...answer, body: withPatience(answer.body, timeoutMs, expire)};
    } finally {
      clearTimeout(head);
    }
  }

  async function get(
    address: ImageRef,
    url: string,
    signal: AbortSignal | undefined,
    sendOne = send,
  ): Promise<HttpAnswer> {
    const {answer} = await sendAuthorized({
      ...{address, url, request: {headers: {accept: manifestTypes.join(', ')}}, actions: 'pull'},
      send: (one, request) => sendOne(one, request, signal),
      sendForToken: (one, request) => send(one, request, signal),
    });
    return answer;
  }

  async function getPatiently(
    address: ImageRef,
    url: string,
    signal: AbortSignal | undefined,
    sendOne = send,
  ): Promise<Result<HttpAnswer, ImageReadFailure>> {
    const {retryAfterMs: ofAnswers = [300, 1500], unreachableAfterMs = ofAnswers} = access;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await get(address, url, signal, sendOne).then(ok, (error: unknown) =>
        err(noAnswer(address.host, error)),
      );
      if (answer.ok) tellPulls(answer.value.headers);
      const delay = (answer.ok ? ofAnswers : unreachableAfterMs)[attempt];
      const again = answer.ok
        ? answer.value.status === 429 || answer.value.status >= 500
        : answer.error.kind === 'unreachable';
      if (!again || delay === undefined || signal?.aborted === true) return answer;
      const header = answer.ok ? answer.value.headers.get('retry-after') : null;
      const asked = retryAfterMs(header, Date.now()) ?? 0;
      if (answer.ok) answer.value.discard();
      const wait = Math.min(Math.max(delay, asked), longestRetryAfterMs);
      // An abort ends the wait, and the next request at once.
      await sleep(wait, undefined, {...(signal && {signal})}).catch(() => undefined);
    }
  }

  function tellPulls(headers: HttpAnswer['headers']): void {
    const pulls = pullLimitOf((name) => headers.get(name));
    if (pulls !== undefined) access.onPulls?.(pulls);
  }

  /**
   * What a digest names is checked when it has come, and nothing secret is sent without TLS: a registry
   * that turns out to have none can be read all the same, where it wants no login.
   */
  async function withoutTls(
    address: ImageRef,
    url: string,
    signal: AbortSignal | undefined,
    sendOne = send,
  ): Promise<Result<HttpAnswer, ImageReadFailure>> {
    const answer = await getPatiently(address, url, signal, sendOne);
    if (answer.ok || answer.error.kind !== 'plain-http') return answer;
    const headers = {accept: manifestTypes.join(', ')};
    const plain = await sendOne(url.replace(/^https:/u, 'http:'), {headers}, signal).catch(
      () => undefined,
    );
    if (plain?.status === 401) plain.discard();
    return plain === undefined || plain.status === 401 ? answer : ok(plain);
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
      const answer = await (isDigest ? withoutTls : getPatiently)(address, url, signal);
      if (!answer.ok) return answer;
      const response = answer.value;
      if (!response.ok) return err(await refusal(response, name, address.host));
      const bytes = await manifestBytes(response.body).catch(causeOf);
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
      getPatiently(parsed.value, url, signal, (one, request, ends) =>
        send(one, {...request, method: 'HEAD'}, ends),
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
      const answer = await limitOf(
        host,
        'layers',
      )(() => withoutTls(parsed.value, url, signal, sendForBlob));
      if (!answer.ok) return answer;
      if (!answer.value.ok) return err(await refusal(answer.value, name, host));
      return ok(answer.value.body);
    },
    async list(repository, signal) {
      const parsed = parseImageRef(repository);
      if (!parsed.ok) return invalid(parsed.error.message);
      const {host, path} = parsed.value;
      const base = registryUrl(host, access.insecureHosts);
      const tags: string[] = [];
      let next: string | undefined = `/v2/${path}/tags/list?n=1000`;
      while (next !== undefined) {
        const url: string = new URL(next, base).href;
        if (!url.startsWith(`${base}/`)) return invalid(`${host} sends to ${url} for more tags`);
        const answer = await limitOf(host)(() => getPatiently(parsed.value, url, signal));
        if (!answer.ok) return answer;
        if (answer.value.status === 404) {
          // An answer that is not read holds its connection, and so the whole process.
          answer.value.discard();
          return ok(tags);
        }
        if (!answer.value.ok)
          return err(await refusal(answer.value, `tags of ${repository}`, host));
        const page = await readTagPage(answer.value).catch(causeOf);
        if (typeof page === 'string') {
          return err({kind: 'unreachable', message: `cannot read tags of ${repository}: ${page}`});
        }
        tags.push(...page.tags);
        next = page.next;
      }
      return ok(tags);
    },
  };
}

const tagPage = z.object({tags: z.array(z.string()).nullish()});

/** Rejects when it breaks off or is no list. */
async function readTagPage(
  response: HttpAnswer,
): Promise<{readonly tags: readonly string[]; readonly next: string | undefined}> {
  const bytes = await manifestBytes(response.body);
  const {tags} = tagPage.parse(JSON.parse(new TextDecoder().decode(bytes)));
  // distribution-spec, "Listing Tags": a relative or absolute URL in a Link header.
  const next = /<([^>]+)>\s*;\s*rel="?next"?/u.exec(response.headers.get('link') ?? '')?.[1];
  return {tags: tags ?? [], next};
}

/** The same pieces; calls `expire`, which is to end them, when one is waited for longer than `timeoutMs`. */
async function* withPatience(
  body: AsyncIterable<Uint8Array>,
  timeoutMs: number,
  expire: () => void,
): AsyncIterable<Uint8Array> {
  let timer = setTimeout(expire, timeoutMs);
  try {
    for await (const piece of body) {
      clearTimeout(timer);
      yield piece;
      timer = setTimeout(expire, timeoutMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
