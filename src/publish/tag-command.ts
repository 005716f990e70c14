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
import type {Processes} from '../ports/processes.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {Waiting} from '../ports/waiting.ts';
import {askRegistry} from './ask-registry.ts';
import {repairLogin} from './repair-login.ts';
import {withRetries} from './retry.ts';

const timeoutMs = 300_000;

export interface TagCommand {
  readonly command: BuildxCommand;
  /** What it moves. */
  readonly publication: Publication;
  /** One of the references that it moves. */
  readonly reference: string;
  /** Whether all is as the command should make it: an answer that was lost is no failure. */
  readonly isDone: () => Promise<boolean>;
  readonly ports: {
    readonly processes: Processes;
    readonly clock: Clock;
    readonly probe: RegistryProbe;
    readonly waiting: Waiting;
    readonly logins: Logins;
  };
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** Runs one command that moves tags, again where the cause may pass; fails with what docker said. */
export async function runTagCommand(request: TagCommand): Promise<Result<null, PublishFailed>> {
  const {publication, reference, isDone, ports, emit, signal} = request;
  const {of} = publication;
  const {probe, waiting, logins} = ports;
  let tries = 0;
  const ran = await withRetries({
    attempt: async (number) => {
      tries = number;
      const once = await runOnce(request);
      if (once.ok || signal.aborted) return once;
      if (await isDone()) return ok(null);
      return err((await askRegistry({failure: once.error, probe, signal})).failure);
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

async function runOnce({
  command,
  reference,
  ports,
  signal,
}: TagCommand): Promise<Result<null, RegistryFailure>> {
  const ended = await ports.processes.run({
    ...{command: command.program, args: command.args, env: command.env},
    ...{signal, timeoutMs},
  });
  if (ended.ok && ended.value.exitCode === 0) return ok(null);
  const doing = {reference, action: 'push'} as const;
  const by = command.args.includes('imagetools') ? 'buildx' : 'daemon';
  const said = ended.ok
    ? dockerError(ended.value.stderr.split('\n')) || 'docker said nothing'
    : `docker was ${ended.error.kind}`;
  const failure = ended.ok ? classifyRegistryFailure({error: said, doing, by}) : undefined;
  const message = said.split('\n').join(': ');
  return err(failure === undefined ? unexplained(message, doing) : {...failure, message});
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
