import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import type {PublishFailed} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {Publication} from '../plan/publication.ts';
import type {Processes} from '../ports/processes.ts';

const timeoutMs = 300_000;

/** Runs one command that moves tags; fails with what docker said. */
export async function runTagCommand(
  command: BuildxCommand,
  {of}: Publication,
  request: {readonly ports: {readonly processes: Processes}; readonly signal: AbortSignal},
): Promise<Result<null, PublishFailed>> {
  const ended = await request.ports.processes.run({
    ...{command: command.program, args: command.args, env: command.env},
    ...{signal: request.signal, timeoutMs},
  });
  if (ended.ok && ended.value.exitCode === 0) return ok(null);
  const said = ended.ok ? whatDockerSaid(ended.value.stderr) : `docker was ${ended.error.kind}`;
  return err({
    reason: 'publish-failed',
    of,
    message: maskCredentials(said),
    remedy: 'Run the same command again when it is mended: what was built is not built again.',
  });
}

/** Its errors, on one line. */
function whatDockerSaid(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => /^(?:ERROR|Error|error)\b/u.test(line));
  const told = (start === -1 ? lines.slice(-3) : lines.slice(start)).filter((line) => line !== '');
  return told.join(': ').replace(/^(?:ERROR|Error|error):\s*/u, '') || 'docker said nothing';
}
