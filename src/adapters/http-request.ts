import type {ClientRequest, IncomingMessage, RequestOptions} from 'node:http';

/**
 * Requests over Node's own `http`, with the agents that it keeps connections in: `fetch` takes 60 ms more
 * to load (docs/benchmarks.md). Those know proxies (proxies.ts); certificates (NODE_EXTRA_CA_CERTS) are
 * Node's matter.
 */

export interface HttpRequest {
  /** Default GET. */
  readonly method?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A form, or bytes of the `content-type` that the headers tell. */
  readonly body?: URLSearchParams | Uint8Array;
  readonly signal?: AbortSignal;
}

/** The head of an answer. Its body has to be read, or discarded: until then it holds its connection. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** True for 200 to 299. */
  readonly ok: boolean;
  readonly headers: {get(name: string): string | null};
  /** Throws when it breaks off, and the reason of the signal when that aborts. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** Sends a request; rejects when there is no answer. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

/** As many as the fetch standard allows. */
const mostRedirects = 20;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const formType = 'application/x-www-form-urlencoded;charset=UTF-8';

/** A body of no more bytes is read to its end for the sake of its connection. */
const smallBody = 65_536;

/**
 * Follows redirects as the fetch standard says ("HTTP-redirect fetch"): `Authorization` goes to no other
 * origin. Rejects with the signal's reason when that aborts, or with the error of the connection.
 */
export async function sendRequest(url: string, request: HttpRequest): Promise<HttpAnswer> {
  let at = new URL(url);
  let {method = 'GET', body, headers = {}} = request;
  for (let followed = 0; ; followed += 1) {
    const message = await exchange(at, {method, headers, body, signal: request.signal});
    const {statusCode: status = 0} = message;
    const {location} = message.headers;
    if (!redirects.has(status) || location === undefined) return answerOf(message, method);
    discard(message, method);
    if (followed === mostRedirects) throw new Error(`${at.host} redirects without end`);
    const next = new URL(location, at);
    if (next.origin !== at.origin) {
      headers = Object.fromEntries(
        Object.entries(headers).filter(([name]) => name !== 'authorization'),
      );
    }
    const isRead = method === 'GET' || method === 'HEAD';
    if ((status === 303 && !isRead) || (status < 303 && method === 'POST')) {
      method = 'GET';
      body = undefined;
    }
    at = next;
  }
}

async function exchange(
  url: URL,
  request: {readonly [K in keyof Required<HttpRequest>]: HttpRequest[K]} & {
    readonly method: string;
  },
): Promise<IncomingMessage> {
  const {method, body, signal} = request;
  // By `import`, Node's http would be asked for its WebSocket, and load all of fetch for that.
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  signal?.throwIfAborted();
  const headers: RequestOptions['headers'] = {
    ...{accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'build-matrix'},
    ...(body instanceof URLSearchParams && {'content-type': formType}),
    ...request.headers,
  };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing: ClientRequest = http.request(url, {method, headers});
    let incoming: IncomingMessage | undefined;
    const abort = (): void => {
      const reason = signal?.reason as Error;
      reject(reason);
      (incoming ?? outgoing).destroy(reason);
    };
    signal?.addEventListener('abort', abort, {once: true});
    outgoing.once('close', () => signal?.removeEventListener('abort', abort));
    outgoing.on('error', (error) => {
      // The server closed an idle connection just when it was used again.
      const isStale = outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      // What may be sent twice (RFC 9110, "Idempotent Methods").
      const isIdempotent = method === 'GET' || method === 'HEAD' || method === 'PUT';
      if (isStale && isIdempotent && signal?.aborted !== true) resolve(exchange(url, request));
      else reject(error);
    });
    outgoing.once('response', (message: IncomingMessage) => {
      incoming = message;
      // Whoever reads the body is told; where nobody does, nobody needs to know.
      message.on('error', () => undefined);
      resolve(message);
    });
    const send = (): void => {
      outgoing.end(body instanceof URLSearchParams ? body.toString() : body);
    };
    outgoing.once('socket', (socket) => {
      // What OpenSSL says of a handshake loses its code (EPROTO) once something waits to be written.
      const isShaking = 'secureConnecting' in socket && socket.secureConnecting === true;
      if (isShaking) socket.once('secureConnect', send);
      else send();
    });
  });
}

function answerOf(message: IncomingMessage, method: string): HttpAnswer {
  const {statusCode: status = 0, statusMessage: statusText = ''} = message;
  const hasBody = method !== 'HEAD';
  if (!hasBody) message.resume();
  return {
    ...{status, statusText, ok: status >= 200 && status < 300},
    headers: {
      get(name) {
        const value = message.headers[name];
        return Array.isArray(value) ? value.join(', ') : (value ?? null);
      },
    },
    body: hasBody ? (message as AsyncIterable<Uint8Array>) : nothing(),
    discard() {
      discard(message, method);
    },
  };
}

function discard(message: IncomingMessage, method: string): void {
  if (method === 'HEAD' || Number(message.headers['content-length']) <= smallBody) {
    message.resume();
    // What nobody waits for keeps no process alive; its agent takes this back with the next request.
    message.socket.unref();
  } else {
    message.destroy();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- an empty body
async function* nothing(): AsyncIterable<Uint8Array> {
  yield* [];
}
