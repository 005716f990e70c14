import {once} from 'node:events';
import {
  createServer,
  request as requestUpstream,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';

/** What happens to a request instead of, or before, reaching the registry behind. */
export type Fault =
  | {
      readonly is: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A refusal that repeats the login that it got. */
  | {readonly is: 'repeat-login'; readonly status: number}
  /** The answer, but only where the tag is there already. */
  | {readonly is: 'refuse-overwrite'; readonly answer: Fault & {readonly is: 'answer'}}
  /** The connection is reset after so many bytes of the request's or the answer's body. */
  | {readonly is: 'reset'; readonly of: 'request' | 'answer'; readonly afterBytes: number}
  /** The registry has taken it, but its answer is another one. */
  | {readonly is: 'done-but'; readonly answer: Fault & {readonly is: 'answer'}}
  | {readonly is: 'late'; readonly ms: number}
  | {readonly is: 'silence'};

/** Which requests a fault happens to. */
export interface FaultRule {
  /** `POST`, or several; every method without it. */
  readonly method?: string | readonly string[];
  /** Looked for in the path with its query. */
  readonly path: RegExp;
  /** It begins with the first request of a client of this name; with any without it. */
  readonly from?: RegExp;
  /** So many requests that match pass before, 0 without it. */
  readonly after?: number;
  /** So many requests are hit, all without it. */
  readonly times?: number;
  /** Requests are hit for so many milliseconds from the first. */
  readonly forMs?: number;
  /** The fault, or what decides on it for each request. */
  readonly fault: Fault | ((request: SeenRequest) => Fault | undefined);
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** True when a rule has hit it. */
  readonly faulted: boolean;
  /** Milliseconds, of a clock that only goes on. */
  readonly at: number;
}

/** A registry that does not always do what it should. */
export interface FaultyRegistry {
  /** `ADDRESS:PORT`. */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** Rules of one repository; those that were there are forgotten. The first that matches is obeyed. */
  setRules(repository: string, rules: readonly FaultRule[]): void;
  close(): Promise<void>;
}

interface Watched {
  readonly rule: FaultRule;
  seen: number;
  /** When it hit first. */
  since: number | undefined;
}

/** Every request goes to the registry at `upstream` (`HOST:PORT`, plain HTTP) unless a rule hits it. */
export async function startFaultyRegistry(
  upstream: string,
  {
    address = '127.0.0.1',
    tls,
  }: {
    readonly address?: string;
    readonly tls?: {readonly key: string; readonly cert: string};
  } = {},
): Promise<FaultyRegistry> {
  const rules = new Map<string, readonly Watched[]>();
  const requests: SeenRequest[] = [];

  const faultOf = (method: string, path: string, client: string): Fault | undefined => {
    for (const [repository, watched] of rules) {
      if (!path.startsWith(`/v2/${repository}/`) && !path.startsWith(`/token/${repository}`))
        continue;
      for (const one of watched) {
        const {rule} = one;
        const methods = rule.method === undefined ? [method] : [rule.method].flat();
        if (!methods.includes(method) || !rule.path.test(path)) continue;
        if (one.seen === 0 && rule.from?.test(client) === false) continue;
        one.seen += 1;
        const {after = 0, times = Infinity, forMs = Infinity} = rule;
        if (one.seen <= after || one.seen > after + times) continue;
        one.since ??= performance.now();
        if (performance.now() - one.since >= forMs) continue;
        const at = performance.now();
        return typeof rule.fault === 'function'
          ? rule.fault({method, path, at, faulted: false})
          : rule.fault;
      }
    }
    return undefined;
  };

  const listener: RequestListener = (request, response) => {
    const {method = 'GET', url: path = '/'} = request;
    const fault = faultOf(method, path, request.headers['user-agent'] ?? '');
    requests.push({method, path, faulted: fault !== undefined, at: performance.now()});
    // A client that has gone is none of our business.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void obey(fault, {upstream, request, response});
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await once(server.listen(0, address), 'listening');

  return {
    host: `${address}:${(server.address() as AddressInfo).port}`,
    requests,
    setRules(repository, wanted) {
      rules.set(
        repository,
        wanted.map((rule) => ({rule, seen: 0, since: undefined})),
      );
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Exchange {
  readonly upstream: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function obey(fault: Fault | undefined, exchange: Exchange): Promise<void> {
  const {request} = exchange;
  switch (fault?.is) {
    case 'answer':
      answer(fault, exchange);
      return;
    case 'repeat-login': {
      const message = `refused: you sent ${request.headers.authorization ?? 'no login'}`;
      answer(refusal(fault.status, json('DENIED', message)), exchange);
      return;
    }
    case 'refuse-overwrite':
      if (await isThere(exchange)) answer(fault.answer, exchange);
      else forward(exchange);
      return;
    case 'done-but':
      forward(exchange, (upstream) => {
        upstream.resume();
        upstream.on('end', () => {
          answer(fault.answer, exchange);
        });
      });
      return;
    case 'reset':
      if (fault.of === 'request') resetAfter(request, fault.afterBytes, exchange);
      else
        forward(exchange, (upstream) => {
          resetAfter(upstream, fault.afterBytes, exchange, true);
        });
      return;
    case 'late':
      await sleep(fault.ms, undefined, {ref: false});
      forward(exchange);
      return;
    case 'silence':
      request.resume();
      return;
    case undefined:
      forward(exchange);
  }
}

function answer(
  {status, headers = {}, body = ''}: Fault & {readonly is: 'answer'},
  {request, response}: Exchange,
): void {
  request.resume();
  response.writeHead(status, {'content-length': String(Buffer.byteLength(body)), ...headers});
  response.end(request.method === 'HEAD' ? '' : body);
}

async function isThere({upstream, request}: Exchange): Promise<boolean> {
  const {url = '', headers} = request;
  const response = await fetch(`http://${upstream}${url}`, {
    method: 'HEAD',
    headers: {
      accept: headers['content-type'] ?? '*/*',
      ...(headers.authorization === undefined ? {} : {authorization: headers.authorization}),
    },
  });
  return response.ok;
}

/** Passes the request on, and its answer to `take`, or to the client as it is. */
function forward(exchange: Exchange, take = passOn(exchange)): void {
  const {upstream, request, response} = exchange;
  const {method, url, headers} = request;
  const [host, port] = upstream.split(':');
  // With the client's own Host: the registry makes the locations of its uploads from it.
  const sent = requestUpstream({host, port, method, path: url, headers}, take);
  sent.on('error', () => response.destroy());
  request.pipe(sent);
}

function passOn({response}: Exchange) {
  return (upstream: IncomingMessage): void => {
    response.writeHead(upstream.statusCode ?? 502, upstream.headers);
    upstream.pipe(response);
  };
}

function resetAfter(
  body: IncomingMessage,
  bytes: number,
  {request, response}: Exchange,
  isAnswer = false,
): void {
  if (isAnswer) response.writeHead(body.statusCode ?? 502, body.headers);
  let seen = 0;
  const reset = (): void => {
    body.removeAllListeners('data');
    body.resume();
    request.socket.resetAndDestroy();
  };
  body.on('data', (chunk: Buffer) => {
    if (isAnswer) response.write(chunk.subarray(0, Math.max(0, bytes - seen)));
    seen += chunk.length;
    if (seen >= bytes) {
      // What was written is on its way before the reset drops it.
      setTimeout(reset, isAnswer ? 20 : 0);
      body.removeAllListeners('data');
    }
  });
  body.on('end', reset);
}

const json = (code: string, message: string): string =>
  JSON.stringify({errors: [{code, message, detail: null}]});

/** What registries answer, in their own words. */
export const answers = {
  limitedJson: (retryAfter?: number) =>
    refusal(429, json('TOOMANYREQUESTS', 'too many requests'), retryAfter),
  limitedPlain: (retryAfter?: number) => refusal(429, 'Too Many Requests (HAP429).\n', retryAfter),
  pullLimit: () =>
    refusal(
      429,
      json(
        'TOOMANYREQUESTS',
        'You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
      ),
    ),
  serverError: () => refusal(500, json('UNKNOWN', 'unknown error')),
  badGateway: () => refusal(502, '<html><body><h1>502 Bad Gateway</h1></body></html>\n'),
  unavailable: (retryAfter?: number) => refusal(503, 'upstream connect error\n', retryAfter),
  unauthorized: () => ({
    ...refusal(401, json('UNAUTHORIZED', 'authentication required')),
    headers: {'www-authenticate': 'Basic realm="faulty"', 'content-type': 'application/json'},
  }),
  ecrExpired: () =>
    refusal(
      403,
      json('DENIED', 'Your authorization token has expired. Reauthenticate and try again.'),
    ),
  denied: () => refusal(403, json('DENIED', 'requested access to the resource is denied')),
  forbidden: () => refusal(403, ''),
  ecrMissing: (repository: string) =>
    refusal(
      404,
      json(
        'NAME_UNKNOWN',
        `The repository with name '${repository}' does not exist in the registry with id '123456789012'`,
      ),
    ),
  ecrImmutable: (tag: string, repository: string) =>
    refusal(
      400,
      json(
        'TAG_INVALID',
        `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`,
      ),
    ),
  tooLarge: () =>
    refusal(
      413,
      '<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n',
    ),
  quota: () =>
    refusal(
      403,
      json(
        'DENIED',
        'adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB.',
      ),
    ),
} as const;

function refusal(
  status: number,
  body: string,
  retryAfter?: number,
): Fault & {readonly is: 'answer'} {
  return {
    is: 'answer',
    status,
    body,
    headers: {
      'content-type': body.startsWith('{')
        ? 'application/json'
        : body.startsWith('<')
          ? 'text/html'
          : 'text/plain',
      ...(retryAfter === undefined ? {} : {'retry-after': String(retryAfter)}),
    },
  };
}
