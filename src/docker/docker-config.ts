import {z} from 'zod';

/** What proves who we are to a registry. Never printed, logged or stored. */
export type Credentials =
  | {readonly kind: 'password'; readonly username: string; readonly password: string}
  /** A refresh token of an OAuth2 token server. */
  | {readonly kind: 'identity-token'; readonly token: string};

const auth = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** The parts of docker's config.json that tell how to log in (docker/cli config/configfile/file.go). */
const dockerConfig = z.object({
  auths: z.record(z.string(), auth.catch({})).catch({}).default({}),
  credHelpers: z.record(z.string(), z.string()).catch({}).default({}),
  credsStore: z.string().catch('').default(''),
});

export type DockerConfig = z.infer<typeof dockerConfig>;

/** The configuration; one that cannot be read counts as empty, as there is then no login in it. */
export function parseDockerConfig(text: string | undefined): DockerConfig {
  try {
    return dockerConfig.parse(JSON.parse(text ?? '{}'));
  } catch {
    return dockerConfig.parse({});
  }
}

/** The name under which docker keeps a registry's login: Docker Hub has one of its own. */
export function loginKey(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
}

/** Suffix of the `docker-credential-…` program that keeps the login of `key`, if one does. */
export function credentialHelper(config: DockerConfig, key: string): string | undefined {
  const name = config.credHelpers[key] ?? config.credsStore;
  // It becomes part of a program name.
  return /^[\w.-]+$/u.test(name) ? name : undefined;
}

/** The login that stands in the file itself. Keys may be URLs, as old docker versions wrote them. */
export function storedCredentials(config: DockerConfig, key: string): Credentials | undefined {
  const found =
    config.auths[key] ??
    Object.entries(config.auths).find(([name]) => hostOf(name) === hostOf(key))?.[1];
  if (found === undefined) return undefined;
  if (found.identitytoken) return {kind: 'identity-token', token: found.identitytoken};
  const decoded = Buffer.from(found.auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const username = colon > 0 ? decoded.slice(0, colon) : found.username;
  // docker pads with NUL bytes what it encoded in old versions.
  const password = colon > 0 ? decoded.slice(colon + 1).replace(/\0+$/u, '') : found.password;
  return username && password ? {kind: 'password', username, password} : undefined;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//u, '').split('/')[0] ?? '';
}

const helperAnswer = z.object({Username: z.string(), Secret: z.string()});

/** What a credential helper printed (docker/docker-credential-helpers credentials.go). */
export function parseHelperAnswer(stdout: string): Credentials | undefined {
  try {
    const {Username: username, Secret: secret} = helperAnswer.parse(JSON.parse(stdout));
    if (secret === '') return undefined;
    return username === '<token>'
      ? {kind: 'identity-token', token: secret}
      : {kind: 'password', username, password: secret};
  } catch {
    return undefined;
  }
}
