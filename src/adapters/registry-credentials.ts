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

/**
 * The login that the user's own docker has for `host`, or undefined. The file is read each time: a
 * `docker login` during a long build counts.
 */
export async function findCredentials(
  access: LoginSources,
  host: string,
): Promise<Credentials | undefined> {
  const key = loginKey(host);
  const given = environmentCredentials(access.dockerAuthConfig, key);
  if (given !== undefined) return given;
  const text = await access.files
    .readText(join(access.dockerConfig, 'config.json'))
    .catch(() => undefined);
  const config = parseDockerConfig(text);
  const helper = credentialHelper(config, key);
  if (helper !== undefined) {
    const answer = await access.processes.run({
      command: `docker-credential-${helper}`,
      args: ['get'],
      input: key,
      timeoutMs: helperTimeoutMs,
    });
    const found =
      answer.ok && answer.value.exitCode === 0 ? parseHelperAnswer(answer.value.stdout) : undefined;
    if (found !== undefined) return found;
  }
  return storedCredentials(config, key);
}
