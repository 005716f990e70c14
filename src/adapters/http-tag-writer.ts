import {digestOf, manifestTypes} from '../docker/stored-manifest.ts';
import {parseImageRef, type ImageRef} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {TagNotWritten, TagWriter} from '../ports/tag-writer.ts';
import {sendRequest, type HttpAnswer, type HttpRequest, type Send} from './http-request.ts';
import {manifestBytes} from './manifest-bytes.ts';
import {noAnswer, wholeAnswer} from './registry-answer.ts';
import {rememberLogins, type RegistrySources} from './registry-session.ts';
import {registryUrl} from './registry-url.ts';
import {withTimeLimit} from './time-limit.ts';

/** The bytes of a manifest, and their type. */
interface Document {
  readonly bytes: Uint8Array;
  readonly type: string;
}

/**
 * Over the distribution API (distribution spec, "Pulling manifests" and "Pushing Manifests"): `GET` of the
 * manifest by its digest, and `PUT` of the same bytes under each tag. A request may take 30 s without `timeoutMs`.
 */
export function createTagWriter(access: RegistrySources): TagWriter {
  const {insecureHosts, timeoutMs = 30_000} = access;
  const sendAuthorized = rememberLogins(access);

  async function ask(
    address: ImageRef,
    reference: string,
    request: HttpRequest & {readonly headers: Readonly<Record<string, string>>},
    signal: AbortSignal | undefined,
  ): Promise<Result<HttpAnswer, TagNotWritten>> {
    const {host, path} = address;
    const url = `${registryUrl(host, insecureHosts)}/v2/${path}/manifests/${reference}`;
    const send: Send = (one, init) =>
      sendRequest(one, {...init, signal: withTimeLimit(signal, timeoutMs)});
    try {
      const {answer, authorization} = await sendAuthorized({
        ...{address, url, request, actions: 'pull,push'},
        ...{send, sendForToken: send},
      });
      if (answer.ok) return ok(answer);
      return err(
        await refusedBy(answer, `${request.method ?? 'GET'} request to ${url}`, authorization),
      );
    } catch (error) {
      return err({message: noAnswer(host, error).message});
    }
  }

  async function read(
    address: ImageRef,
    digest: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<Document, TagNotWritten>> {
    const answer = await ask(
      address,
      digest,
      {headers: {accept: manifestTypes.join(', ')}},
      signal,
    );
    if (!answer.ok) return answer;
    const {host, path} = address;
    try {
      const bytes = await manifestBytes(answer.value.body);
      if (bytes !== undefined && digestOf(bytes, digest) === digest) {
        return ok({bytes, type: answer.value.headers.get('content-type') ?? ''});
      }
      return err({message: `${host}/${path}@${digest} holds other bytes than its digest says`});
    } catch (error) {
      return err({message: noAnswer(host, error).message});
    }
  }

  return {
    async writeTags({repository, digest, tags}, signal) {
      const parsed = parseImageRef(repository);
      if (!parsed.ok) return err({message: parsed.error.message});
      const image = await read(parsed.value, digest, signal);
      if (!image.ok) return image;
      const {bytes: body, type} = image.value;
      const headers = {'content-type': type, 'content-length': String(body.length)};
      for (const tag of tags) {
        const answer = await ask(parsed.value, tag, {method: 'PUT', headers, body}, signal);
        if (!answer.ok) return answer;
        answer.value.discard();
      }
      return ok(null);
    },
  };
}

/** In the words of containerd, whose client buildx and BuildKit use (core/remotes/errors). */
async function refusedBy(
  answer: HttpAnswer,
  request: string,
  authorization: string | undefined,
): Promise<TagNotWritten> {
  const {status, statusText, said, retryAfterMs} = await wholeAnswer(answer, authorization);
  const words = [`unexpected status from ${request}`, `${status} ${statusText}`.trim(), said];
  return {
    message: words.filter((part) => part !== '').join(': '),
    ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
  };
}
