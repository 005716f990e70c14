import type {RegistryUnusable} from '../events/failure.ts';

/** Keeps docker logged in to the registries that a run pushes to. */
export interface Logins {
  /**
   * To be called before each push, also often: asks nobody as long as nothing is missing or about to
   * expire. null when docker may push as far as is known.
   */
  ensure(signal?: AbortSignal): Promise<RegistryUnusable | null>;
  /**
   * After a push that failed because a login had expired: true when docker has a new one for the host,
   * so that another try makes sense.
   */
  renew(host: string, signal?: AbortSignal): Promise<boolean>;
}

/** For what pushes nowhere. */
export const noLogins: Logins = {
  ensure: () => Promise.resolve(null),
  renew: () => Promise.resolve(false),
};
