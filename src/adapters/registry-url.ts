import {isLocalHost} from '../docker/local-host.ts';

/** Where the API of a registry is; `insecureHosts` have no TLS, besides this very machine. */
export function registryUrl(host: string, insecureHosts: readonly string[]): string {
  const plain = isLocalHost(host) || insecureHosts.includes(host);
  return `${plain ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`;
}
