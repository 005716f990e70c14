import {withTimeLimit} from './time-limit.ts';
import {manifestTypes} from '../docker/stored-manifest.ts';
import {parseImageRef, type ImageRef} from '../model/image-ref.ts';
import {err, ok} from '../model/result.ts';
import type {RegistryAnswer, RegistryProbe} from '../ports/registry-probe.ts';
import {sendRequest, type HttpAnswer, type HttpRequest, type Send} from './http-request.ts';
import {noAnswer, wholeAnswer} from './registry-answer.ts';
import {sendAuthorized, type Authorized, type RegistrySources} from './registry-session.ts';
import {registryUrl} from './registry-url.ts';

/**
 * Over the distribution API: `POST …/blobs/uploads/` and a `DELETE` of what it began, and `HEAD` of
 * the manifest, or `GET` where the answer is a refusal: only that has a body. A request may
 * take 15 s without `timeoutMs`.
 */
export function createRegistryProbe(access: RegistrySources): RegistryProbe {
  const {insecureHosts, timeoutMs = 15_000} = access;

  const send = (url: string, request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> =>
    sendRequest(url, {...request, signal: withTimeLimit(signal, timeoutMs)});

  const ask = (
    address: ImageRef,
    url: string,
    request: {readonly method: string; readonly headers: Readonly<Record<string, string>>},
    actions: string,
    signal?: AbortSignal,
  ): Promise<Authorized> => {
    const sendOne: Send = (one, init) => send(one, init, signal);
    const how = {address, url, request, actions, send: sendOne, sendForToken: sendOne};
    return sendAuthorized(access, how);
  };

  async function upload(address: ImageRef, signal?: AbortSignal): Promise<RegistryAnswer> {
    const url = `${registryUrl(address.host, insecureHosts)}/v2/${address.path}/blobs/uploads/`;
    const begin = {method: 'POST', headers: {'content-length': '0'}};
    const {answer: response, authorization} = await ask(address, url, begin, 'pull,push', signal);
    const location = response.headers.get('location');
    if (response.ok && location !== null) {
      const headers = authorization === undefined ? {} : {authorization};
      // Uploads that nobody goes on with are removed by registries in time: a refusal is no harm.
      await send(new URL(location, url).href, {method: 'DELETE', headers}, signal)
        .then((deleted) => {
          deleted.discard();
        })
        .catch(() => undefined);
    }
    return wholeAnswer(response, authorization);
  }

  async function manifest(
    address: ImageRef,
    reference: string,
    signal?: AbortSignal,
  ): Promise<RegistryAnswer> {
    const url = `${registryUrl(address.host, insecureHosts)}/v2/${address.path}/manifests/${reference}`;
    const headers = {accept: manifestTypes.join(', ')};
    const by = (method: string) => ask(address, url, {method, headers}, 'pull', signal);
    const head = await by('HEAD');
    const isTold = head.answer.ok || head.answer.status === 404;
    const {answer: response, authorization} = isTold ? head : await by('GET');
    return wholeAnswer(response, authorization);
  }

  return {
    async ask({repository, reference, action}, signal) {
      const parsed = parseImageRef(repository);
      if (!parsed.ok) return err(parsed.error.message);
      const address = parsed.value;
      try {
        return ok({
          upload: action === 'push' ? await upload(address, signal) : null,
          manifest: reference === null ? null : await manifest(address, reference, signal),
        });
      } catch (error) {
        return err(noAnswer(address.host, error).message);
      }
    },
  };
}
