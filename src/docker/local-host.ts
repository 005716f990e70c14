/** True for this very machine, where docker and containerd speak HTTP without being told. */
export function isLocalHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/u.test(host);
}

/** True for a repository (`host/path`) in a registry that is not on this machine. */
export function isFar(repository: string): boolean {
  return !isLocalHost(repository.slice(0, repository.indexOf('/')));
}
