import type {Agent as HttpAgent} from 'node:http';
import type {Agent as HttpsAgent} from 'node:https';

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY for requests of our own, by the rules that docker, buildx and
 * BuildKit have (golang.org/x/net/http/httpproxy), so that one setting serves all. Node does the rest: its
 * agents know proxies, by rules that differ a little.
 */

export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** What Node's agents and its `http.setGlobalProxyFromEnv` take. */
export type NodeProxies = Readonly<{HTTP_PROXY?: string; HTTPS_PROXY?: string; NO_PROXY: string}>;

/** In Node's words; undefined where no proxy is set, or none that Node knows how to use. */
export function nodeProxies(variables: ProxyVariables): NodeProxies | undefined {
  const [http, https] = [
    usable(valueOf(variables, 'HTTP_PROXY')),
    usable(valueOf(variables, 'HTTPS_PROXY')),
  ];
  if (http === undefined && https === undefined) return undefined;
  const direct = valueOf(variables, 'NO_PROXY').split(',').flatMap(nodeEntries);
  return {
    ...(http === undefined ? {} : {HTTP_PROXY: http}),
    ...(https === undefined ? {} : {HTTPS_PROXY: https}),
    NO_PROXY: [...thisMachine, ...direct].join(','),
  };
}

/** Go never asks a proxy for this very machine. */
const thisMachine = ['localhost', '127.0.0.0-127.255.255.255', '::1', '[::1]'];

/** Go's order: `HTTP_PROXY` before `http_proxy`. */
function valueOf(variables: ProxyVariables, name: string): string {
  const value = variables[name]?.trim();
  return (
    (value === undefined || value === '' ? variables[name.toLowerCase()]?.trim() : value) ?? ''
  );
}

/** The address as a URL: Go takes `proxy:3128` for `http://proxy:3128`. Node knows no SOCKS. */
function usable(address: string): string | undefined {
  if (address === '') return undefined;
  const url = /^[a-z][a-z\d+.-]*:\/\//iu.test(address) ? address : `http://${address}`;
  return URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol) ? url : undefined;
}

/**
 * For Go `example.com` covers what is below it as well, `.example.com` that alone, and `10.0.0.0/8` is a
 * network. Node has `*.example.com` and `10.0.0.0-10.255.255.255`.
 */
function nodeEntries(raw: string): readonly string[] {
  const entry = raw.trim().toLowerCase();
  if (entry === '' || entry === '*') return entry === '' ? [] : ['*'];
  const network = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d{1,2})$/u.exec(entry);
  if (network !== null) return [rangeOf(network.slice(1).map(Number))];
  if (/^[\d.]+(?::\d+)?$/u.test(entry) || /[[/]|:.*:/u.test(entry)) return [entry];
  const below = entry.replace(/^\*/u, '');
  return below.startsWith('.') ? [`*${below}`] : [entry, `*.${entry}`];
}

function rangeOf([a = 0, b = 0, c = 0, d = 0, bits = 32]: readonly number[]): string {
  const size = 2 ** (32 - Math.min(bits, 32));
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return `${dotted(first)}-${dotted(first + size - 1)}`;
}

const dotted = (address: number): string =>
  [2 ** 24, 2 ** 16, 2 ** 8, 1].map((place) => Math.floor(address / place) % 256).join('.');

/** Since 22.21 and 24.5, as the option of the same versions. */
const knowsProxies = (): boolean => process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

/** Has every request that names no agent of its own go by the proxies that the environment names. */
export function useProxies(variables: ProxyVariables = process.env): void {
  const proxyEnv = nodeProxies(variables);
  if (proxyEnv === undefined || !knowsProxies()) return;
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  // As Node makes its own.
  const options = {keepAlive: true, scheduling: 'lifo', timeout: 5000, proxyEnv} as const;
  http.globalAgent = new http.Agent(options);
  https.globalAgent = new https.Agent(options);
}

/** The same for `fetch`, which takes a while to load. Node can be told so at run time since 24.14. */
export function useProxiesForFetch(variables: ProxyVariables = process.env): void {
  const proxyEnv = nodeProxies(variables);
  const http: {setGlobalProxyFromEnv?: (proxies: NodeProxies) => unknown} =
    process.getBuiltinModule('node:http');
  if (proxyEnv !== undefined) http.setGlobalProxyFromEnv?.(proxyEnv);
}

/** For a library that would make agents of its own, which know no proxies. */
export function proxyAgents(
  variables: ProxyVariables = process.env,
): {httpAgent: HttpAgent; httpsAgent: HttpsAgent} | Record<string, never> {
  if (nodeProxies(variables) === undefined) return {};
  return {
    httpAgent: process.getBuiltinModule('node:http').globalAgent,
    httpsAgent: process.getBuiltinModule('node:https').globalAgent,
  };
}

/** What may be wrong with the proxies when a host does not answer; undefined where none is set. */
export function proxyRemedy(
  isKnown = knowsProxies(),
  variables: ProxyVariables = process.env,
): string | undefined {
  const set = ['HTTPS_PROXY', 'HTTP_PROXY'].filter((name) => valueOf(variables, name) !== '');
  const [name] = set;
  if (name === undefined) return undefined;
  if (!isKnown) {
    return `${name} is set, and Node ${process.versions.node} does not use it: take Node 22.21, 24.5 or newer`;
  }
  const bad = set.find((each) => usable(valueOf(variables, each)) === undefined);
  return bad === undefined
    ? `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set: check the proxy, and what NO_PROXY leaves out`
    : `${bad} is not used: it has to be http://HOST:PORT or https://HOST:PORT`;
}
