/** Why a registry did not take or give what it was asked to, or why it was not reached. */
export const registryFailureKinds = [
  'not-logged-in',
  'denied',
  'login-expired',
  'repository-missing',
  'tag-immutable',
  'rate-limited',
  'server-error',
  'connection-lost',
  'timeout',
  'quota',
  'disk-full',
  'name-unresolved',
  'tls',
  'plain-http',
  'too-large',
  'invalid-reference',
  'unknown',
] as const;

export type RegistryFailureKind = (typeof registryFailureKinds)[number];
