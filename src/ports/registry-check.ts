/** How many pulls a registry still allows. */
export interface PullLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds over which pulls are counted; null when unknown. */
  readonly windowSeconds: number | null;
  /** Whose pulls are counted: an address or an account's id; null when unknown. */
  readonly countedFor: string | null;
}

/** Where the user's docker has the login of a registry from. */
export type LoginSource =
  /** `DOCKER_AUTH_CONFIG`. */
  | {readonly kind: 'environment'}
  /** A `docker-credential-…` program. `ofHost`: it was chosen for this very registry. */
  | {readonly kind: 'helper'; readonly name: string; readonly ofHost: boolean}
  /** Its configuration file. */
  | {readonly kind: 'file'};

export interface LoginAnswer {
  /**
   * `open`: it wants no login; `accepted`: it takes the one that docker has; `pull-only`: that one may
   * not push; `no-login`: docker has none; `refused`: docker's is not taken; `unreachable`: no answer,
   * or none that a registry gives; `untrusted`: its certificate is not one that we trust.
   */
  readonly kind:
    'open' | 'accepted' | 'pull-only' | 'no-login' | 'refused' | 'unreachable' | 'untrusted';
  /** Where docker's login comes from; null when it has none. */
  readonly source: LoginSource | null;
  /** What stood in the way, on one line; null when nothing did. */
  readonly message: string | null;
  readonly pulls: PullLimit | null;
}

/** Asks registries whether they would let docker push. */
export interface RegistryCheck {
  /** `path` is a repository on the host, which need not exist. */
  check(host: string, path: string, signal?: AbortSignal): Promise<LoginAnswer>;
}
