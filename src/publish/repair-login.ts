import {parseImageRef} from '../model/image-ref.ts';
import type {Logins} from '../ports/logins.ts';

/**
 * After a push to `reference` (a repository, with or without a tag) that failed with this kind of
 * failure: true when docker has a new login, so that another try makes sense.
 */
export async function repairLogin(
  logins: Logins,
  kind: string,
  reference: string,
  signal: AbortSignal,
): Promise<boolean> {
  // An expired token is 401 to some registries, as a missing one is.
  if (kind !== 'login-expired' && kind !== 'not-logged-in') return false;
  const parsed = parseImageRef(reference);
  return parsed.ok && logins.renew(parsed.value.host, signal);
}
