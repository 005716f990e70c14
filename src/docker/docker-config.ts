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

const environmentLogins = z.strictObject({
  auths: z.record(z.string(), z.strictObject({auth: z.string().min(1)})).nullish(),
});

/**
 * The login for `key` in `DOCKER_AUTH_CONFIG`, which docker (28.3 and newer) asks before helpers and its
 * configuration file. As there (docker/cli config/configfile/file.go, parseEnvConfig), a text that is
 * not valid throughout counts for nothing, and keys must be equal.
 */
export function environmentCredentials(
  text: string | undefined,
  key: string,
): Credentials | undefined {
  let logins: z.infer<typeof environmentLogins>;
  try {
    logins = environmentLogins.parse(JSON.parse(text ?? '{}'));
  } catch {
    return undefined;
  }
  const decoded = new Map<string, Credentials>();
  for (const [host, {auth: encoded}] of Object.entries(logins.auths ?? {})) {
    const login = decodeLogin(encoded);
    if (login === undefined || !isBase64(encoded)) return undefined;
    decoded.set(host, login);
  }
  return decoded.get(key);
}

/** Padded, as Go's StdEncoding wants it; Buffer takes anything. */
function isBase64(text: string): boolean {
  const letters = text.replaceAll(/[\r\n]/gu, '');
  return letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/u.test(letters);
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
  const {username, password} = decodeLogin(found.auth ?? '') ?? found;
  return username && password ? {kind: 'password', username, password} : undefined;
}

/** `user:password` in base64; undefined when it is not. */
function decodeLogin(encoded: string): (Credentials & {kind: 'password'}) | undefined {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0) return undefined;
  // docker pads with NUL bytes what it encoded in old versions.
  const password = decoded.slice(colon + 1).replace(/^\0+|\0+$/gu, '');
  return {kind: 'password', username: decoded.slice(0, colon), password};
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
