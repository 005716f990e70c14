import {join} from 'node:path';
import {
  credentialHelper,
  loginKey,
  parseDockerConfig,
  parseHelperAnswer,
  storedCredentials,
  type Credentials,
} from '../docker/docker-config.ts';
import type {Files} from '../ports/files.ts';
import type {Processes} from '../ports/processes.ts';

const helperTimeoutMs = 15_000;

/**
 * The login that the user's own docker has for `host`, or undefined. The file is read each time: a
 * `docker login` during a long build counts.
 */
export async function findCredentials(
  access: {readonly processes: Processes; readonly files: Files; readonly dockerConfig: string},
  host: string,
): Promise<Credentials | undefined> {
  const text = await access.files
    .readText(join(access.dockerConfig, 'config.json'))
    .catch(() => undefined);
  const config = parseDockerConfig(text);
  const key = loginKey(host);
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
