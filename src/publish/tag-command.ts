import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import {dockerError} from '../docker/docker-error.ts';
import {classifyRegistryFailure, type RegistryFailure} from '../docker/registry-failure.ts';
import {registrySubject} from '../docker/registry-subject.ts';
import type {BuildEvent} from '../events/event.ts';
import type {PublishFailed} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {Publication} from '../plan/publication.ts';
import type {Clock} from '../ports/clock.ts';
import type {Logins} from '../ports/logins.ts';
import type {ProcessFailure, Processes} from '../ports/processes.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {Waiting} from '../ports/waiting.ts';
import {askRegistry} from './ask-registry.ts';
import {repairLogin} from './repair-login.ts';
import {withRetries} from './retry.ts';

/** Manifests are small: what takes longer than this hangs. */
const usualTimeoutMs = 5 * 60_000;

/** One try of a command that moves tags. */
export interface TagTry {
  readonly command: BuildxCommand;
  /** One of the references that it moves. */
  readonly reference: string;
  /** Whether all is as the command should make it: an answer that was lost is no failure. */
  readonly isDone: () => Promise<boolean>;
  readonly ports: {readonly processes: Processes; readonly probe: RegistryProbe};
  readonly signal: AbortSignal;
  /** Default five minutes. */
  readonly timeoutMs?: number;
}

export interface TagCommand extends TagTry {
  /** What it moves. */
  readonly publication: Publication;
  readonly ports: TagTry['ports'] & {
    readonly clock: Clock;
    readonly waiting: Waiting;
    readonly logins: Logins;
  };
  readonly emit: (event: BuildEvent) => void;
}

/** Runs one command that moves tags, again where the cause may pass; fails with what docker said. */
export async function runTagCommand(request: TagCommand): Promise<Result<null, PublishFailed>> {
  const {publication, reference, ports, emit, signal} = request;
  const {of} = publication;
  const {waiting, logins} = ports;
  let tries = 0;
  const ran = await withRetries({
    attempt: (number) => {
      tries = number;
      return tryTagCommand(request);
    },
    repair: ({kind}) => repairLogin(logins, kind, reference, signal),
    onRetry: (retry) => {
      emit({type: 'target-retried', at: ports.clock.now(), target: of, ...retry});
    },
    waiting,
    signal,
  });
  if (ran.ok) return ran;
  const {kind, message, remedy} = ran.error;
  return err({
    reason: 'publish-failed',
    of,
    message: maskCredentials(message),
    cause: kind,
    remedy: tries === 1 ? remedy : `${remedy} (tried ${tries} times)`,
  });
}

/** Runs it once. What docker's words have lost of a failure is asked of the registry itself. */
export async function tryTagCommand(request: TagTry): Promise<Result<null, RegistryFailure>> {
  const {isDone, ports, signal} = request;
  const once = await runOnce(request);
  if (once.ok || signal.aborted) return once;
  if (await isDone()) return ok(null);
  return err((await askRegistry({failure: once.error, probe: ports.probe, signal})).failure);
}

async function runOnce({
  command,
  reference,
  ports,
  signal,
  timeoutMs = usualTimeoutMs,
}: TagTry): Promise<Result<null, RegistryFailure>> {
  const ended = await ports.processes.run({
    ...{command: command.program, args: command.args, env: command.env},
    ...{signal, timeoutMs},
  });
  if (ended.ok && ended.value.exitCode === 0) return ok(null);
  const doing = {reference, action: 'push'} as const;
  const by = command.args.includes('imagetools') ? 'buildx' : 'daemon';
  const said = ended.ok
    ? dockerError(ended.value.stderr.split('\n')) || 'docker said nothing'
    : notRun(ended.error);
  const failure = ended.ok ? classifyRegistryFailure({error: said, doing, by}) : undefined;
  const message = said.split('\n').join(': ');
  return err(failure === undefined ? unexplained(message, doing) : {...failure, message});
}

function notRun(failure: ProcessFailure): string {
  switch (failure.kind) {
    case 'not-found':
      return `${failure.command} is not installed`;
    case 'spawn-failed':
      return `docker could not be started: ${failure.message}`;
    case 'timed-out':
      return `docker did not end within ${Math.round(failure.afterMs / 60_000)} minutes`;
    case 'cancelled':
      return 'docker was ended';
  }
}

/** Nothing of a registry: docker itself could not do it. */
function unexplained(message: string, doing: {reference: string; action: 'push'}): RegistryFailure {
  return {
    kind: 'unknown',
    message,
    because: message,
    passing: false,
    remedy: 'Run the same command again when it is mended: what was built is not built again.',
    vague: false,
    subject: registrySubject('', doing),
  };
}
