import {err, ok, type Result} from '../model/result.ts';
import type {Processes} from '../ports/processes.ts';

export interface NewLogin {
  /** `docker.io` for Docker Hub. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

const timeoutMs = 60_000;

/**
 * Has docker check the login and keep it, in the helper or the file that it is set up with. The
 * password goes over standard input: it is in no command line. The error is what docker said.
 */
export async function dockerLogin(
  processes: Processes,
  {host, username, password}: NewLogin,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const ended = await processes.run({
    command: 'docker',
    // Docker Hub's login has a name of its own, which docker uses when none is given.
    args: [
      ...['login', '--username', username, '--password-stdin'],
      ...(host === 'docker.io' ? [] : [host]),
    ],
    input: password,
    timeoutMs,
    ...(signal === undefined ? {} : {signal}),
  });
  if (!ended.ok) {
    const {kind} = ended.error;
    return err(kind === 'not-found' ? 'docker was not found on PATH' : `docker login was ${kind}`);
  }
  const {exitCode, stderr} = ended.value;
  return exitCode === 0 ? ok(undefined) : err(complaint(stderr, password));
}

/** The last line that is no warning; a helper may have printed what it was given. */
function complaint(stderr: string, password: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => line !== '' && !/^warning/iu.test(line));
  return (last ?? 'docker login failed').replaceAll(password, '***').replace(/^Error: /u, '');
}
