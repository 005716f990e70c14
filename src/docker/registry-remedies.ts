import type {RegistryFailureKind} from '../events/registry-failure-kind.ts';
import {unreachable} from '../model/result.ts';
import {registryHostOf, type RegistryHost} from './registry-host.ts';
import type {RegistrySubject} from './registry-subject.ts';

/** Whose request it was: BuildKit's, that of the docker daemon, or of buildx or us on this machine. */
export type RegistryClient = 'builder' | 'daemon' | 'buildx' | 'build-matrix';

/** What to do about a failure of this kind: one line, specific where the registry is known. */
export function registryRemedy(
  kind: RegistryFailureKind,
  subject: RegistrySubject,
  by: RegistryClient,
): string {
  const host = subject.host === null ? undefined : registryHostOf(subject.host);
  const isPull = subject.action === 'pull';
  switch (kind) {
    case 'not-logged-in':
      return isPull
        ? `the image does not exist, or it is private: check its name, or log in: ${login(subject, host)}`
        : `log in with an account that may push: ${login(subject, host)}`;
    case 'login-expired':
      return `the login has expired: log in again: ${login(subject, host)}`;
    case 'denied':
      return isPull
        ? `the account may not pull ${subject.repository ?? 'this image'}: check its rights, or log in with another: ${login(subject, host)}`
        : denied(subject, host);
    case 'repository-missing':
      return missing(subject, host);
    case 'tag-immutable':
      return 'this tag exists and the registry does not let it move: choose a new version';
    case 'rate-limited':
      return host?.is === 'docker-hub' && isPull
        ? 'Docker Hub limits pulls: log in for a higher limit (`docker login`), wait up to 6 hours, or set `mirrors` to a registry that has the image'
        : 'the registry limits requests: build again later, or with fewer targets at once (--concurrency 1)';
    case 'server-error':
      return 'the registry failed by itself: build again later, the cache makes it quick';
    case 'connection-lost':
      return 'the other side could not be reached, or broke the connection: check the network and its proxy, then build again';
    case 'timeout':
      return 'the other side did not answer in time: check the network and its proxy, then build again';
    case 'quota':
      return 'the registry has no room left for this account: delete old images there, or raise the quota';
    case 'disk-full':
      return diskFull;
    case 'name-unresolved':
      return `${subject.host ?? 'the host'} is not known to DNS: check the name, the network and the proxy${by === 'builder' || by === 'daemon' ? ` of the ${by}` : ''}`;
    case 'tls':
      return untrustedBy(by, subject.host ?? 'HOST');
    case 'plain-http':
      return plainFor(by);
    case 'too-large':
      return 'a proxy before the registry refuses layers of this size: raise its limit (nginx: `client_max_body_size`)';
    case 'invalid-reference':
      return 'write the name in lower case, and the tag with letters, digits, `_`, `.` and `-` only';
    case 'unknown':
      return `the registry did not say why: look into its log, and check the rights for ${subject.repository ?? 'the repository'}`;
    default:
      return unreachable(kind);
  }
}

/** Where build-matrix itself does not trust a certificate. */
export const untrustedRemedy =
  'Name the authority that signed it in NODE_EXTRA_CA_CERTS, and run the same command again.';

function untrustedBy(by: RegistryClient, host: string): string {
  switch (by) {
    case 'builder':
      return "the registry's certificate is not trusted by the builder: give it the authority that signed it (buildkitd.toml, `ca = [...]`)";
    case 'buildx':
      return "the registry's certificate is not trusted by buildx, which joins and copies images: name the authority that signed it in SSL_CERT_FILE";
    case 'daemon':
      return `the registry's certificate is not trusted by docker: put the authority that signed it into /etc/docker/certs.d/${host}/ca.crt of the daemon's machine`;
    case 'build-matrix':
      return untrustedRemedy;
  }
}

function plainFor(by: RegistryClient): string {
  switch (by) {
    case 'builder':
      return 'this registry speaks HTTP: add it to `insecure-registries` of the daemon, or to buildkitd.toml of the builder (`http = true`)';
    case 'buildx':
      return 'this registry speaks HTTP, and buildx, which joins and copies images, knows that of builders alone that were made with it: `docker buildx create --buildkitd-config FILE` (`http = true`)';
    case 'daemon':
      return 'this registry speaks HTTP: add it to `insecure-registries` of the daemon';
    case 'build-matrix':
      return 'this registry speaks HTTP: give it under `registries` with `url: http://…`';
  }
}

/** Of the builder; a full disk behind the registry is `registryDiskFull`. */
export const diskFull =
  'the disk is full: `docker buildx du` shows what the cache holds, `docker buildx prune` frees it';

export const registryDiskFull =
  'the disk of the registry is full: free space there (delete images and run its garbage collection), then build again';

function login({host, reference}: RegistrySubject, known: RegistryHost | undefined): string {
  switch (known?.is) {
    case 'ecr':
      return `\`aws ecr get-login-password --region ${known.region} | docker login --username AWS --password-stdin ${host ?? ''}\``;
    case 'ecr-public':
      return '`aws ecr-public get-login-password --region us-east-1 | docker login --username AWS --password-stdin public.ecr.aws`';
    case 'docker-hub':
      return '`docker login` (with an access token as the password)';
    case 'ghcr':
      return '`docker login ghcr.io` (with a token that has write:packages; on GitHub Actions GITHUB_TOKEN and `permissions: packages: write`)';
    case 'other':
    case undefined:
      return host === null || reference === null
        ? '`docker login HOST`'
        : `\`docker login ${host}\``;
  }
}

function denied(subject: RegistrySubject, host: RegistryHost | undefined): string {
  const {reference, repository} = subject;
  const name = reference ?? repository ?? 'this repository';
  switch (host?.is) {
    case 'ecr':
      return `the AWS identity may not push to ${name}: it needs ecr:BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage; if the login is old, log in again: ${login(subject, host)}`;
    case 'docker-hub':
      return `the account may not push to ${name}: the namespace must be its own or its organization's, and the access token "Read & Write"`;
    case 'ghcr':
      return `the token may not write ${name}: it needs write:packages (\`permissions: packages: write\`), and the package must give this repository access (Package settings, Manage Actions access)`;
    case 'ecr-public':
    case 'other':
    case undefined:
      return `the account may not push here: check its rights for ${name}, or ${login(subject, host)} with another`;
  }
}

function missing(
  {host, repository, reference, action}: RegistrySubject,
  known: RegistryHost | undefined,
): string {
  if (action === 'pull')
    return `${reference ?? repository ?? 'the image'} does not exist: check its name and tag`;
  const path = host === null ? undefined : repository?.slice(host.length + 1);
  switch (known?.is) {
    case 'ecr':
      return `create it first: \`aws ecr create-repository --region ${known.region} --repository-name ${path ?? 'NAME'}\``;
    case 'ecr-public':
      return 'create it first: `aws ecr-public create-repository --region us-east-1 --repository-name NAME`';
    case 'docker-hub':
    case 'ghcr':
    case 'other':
    case undefined:
      return `create ${path ?? 'the repository'} in the registry first`;
  }
}
