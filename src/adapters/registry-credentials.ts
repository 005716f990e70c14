import {join} from 'node:path';
import {
  credentialHelper,
  environmentCredentials,
  loginKey,
  parseDockerConfig,
  parseHelperAnswer,
  storedCredentials,
  type Credentials,
} from '../docker/docker-config.ts';
import type {Files} from '../ports/files.ts';
import type {Processes} from '../ports/processes.ts';
import type {LoginSource} from '../ports/registry-check.ts';

const helperTimeoutMs = 15_000;

/** Where the user's own docker has its logins from. */
export interface LoginSources {
  /** For `docker-credential-…` helpers. */
  readonly processes: Processes;
  /** For the docker configuration. */
  readonly files: Files;
  /** Folder of the docker configuration: `$DOCKER_CONFIG` or `~/.docker`. */
  readonly dockerConfig: string;
  /** Text of `$DOCKER_AUTH_CONFIG`, whose logins win over all others. */
  readonly dockerAuthConfig?: string | undefined;
}

/** A login, and where it is from. A helper that was chosen for the host is named also without one. */
export interface FoundLogin {
  readonly credentials: Credentials | undefined;
  readonly source: LoginSource | null;
}

/**
 * The login that the user's own docker has for `host`. The file is read each time: a `docker login`
 * during a long build counts.
 */
export async function findLogin(access: LoginSources, host: string): Promise<FoundLogin> {
  const key = loginKey(host);
  const given = environmentCredentials(access.dockerAuthConfig, key);
  if (given !== undefined) return {credentials: given, source: {kind: 'environment'}};
  const text = await access.files
    .readText(join(access.dockerConfig, 'config.json'))
    .catch(() => undefined);
  const config = parseDockerConfig(text);
  const name = credentialHelper(config, key);
  const ofHost = config.credHelpers[key] !== undefined;
  if (name !== undefined) {
    const credentials = await askHelper(access.processes, name, key);
    const source = {kind: 'helper', name, ofHost} as const;
    const isAlone = ofHost && storedCredentials(config, key) === undefined;
    if (credentials !== undefined || isAlone) return {credentials, source};
  }
  const credentials = storedCredentials(config, key);
  return {credentials, source: credentials === undefined ? null : {kind: 'file'}};
}

async function askHelper(
  processes: Processes,
  name: string,
  key: string,
): Promise<Credentials | undefined> {
  const answer = await processes.run({
    command: `docker-credential-${name}`,
    args: ['get'],
    input: key,
    timeoutMs: helperTimeoutMs,
  });
  if (!answer.ok || answer.value.exitCode !== 0) return undefined;
  return parseHelperAnswer(answer.value.stdout);
}
