/** What kind of registry a host is, as far as its name tells; others speak the same API. */
export type RegistryHost =
  | {readonly is: 'ecr'; readonly region: string}
  | {readonly is: 'ecr-public' | 'docker-hub' | 'ghcr' | 'other'};

// awslabs/amazon-ecr-credential-helper ecr-login/api/client.go, without the account's digits.
const ecr =
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn))$/u;

/** `host` as in a reference or a URL: `docker.io`, `registry-1.docker.io`, `HOST:PORT`. */
export function registryHostOf(host: string): RegistryHost {
  const region = ecr.exec(host)?.[1];
  if (region !== undefined) return {is: 'ecr', region};
  if (host === 'public.ecr.aws') return {is: 'ecr-public'};
  if (host === 'ghcr.io') return {is: 'ghcr'};
  return {is: /^(?:[\w-]+\.)?docker\.(?:io|com)$/u.test(host) ? 'docker-hub' : 'other'};
}
