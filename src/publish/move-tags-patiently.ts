import type {RegistryFailure} from '../docker/registry-failure.ts';
import type {BuildEvent} from '../events/event.ts';
import type {PublishFailed} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {Publication} from '../plan/publication.ts';
import type {Clock} from '../ports/clock.ts';
import type {Logins} from '../ports/logins.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {Waiting} from '../ports/waiting.ts';
import {askRegistry} from './ask-registry.ts';
import type {OneMove} from './one-move.ts';
import {repairLogin} from './repair-login.ts';
import {withRetries} from './retry.ts';

/** One try at moving tags. */
export interface TagTry {
  readonly move: OneMove;
  /** Whether all is as it should be: an answer that was lost is no failure. */
  readonly isDone: () => Promise<boolean>;
  readonly ports: {readonly probe: RegistryProbe};
  readonly signal: AbortSignal;
}

export interface TagTries extends TagTry {
  /** What is moved. */
  readonly publication: Publication;
  /** One of the references that are moved. */
  readonly reference: string;
  readonly ports: TagTry['ports'] & {
    readonly clock: Clock;
    readonly waiting: Waiting;
    readonly logins: Logins;
  };
  readonly emit: (event: BuildEvent) => void;
}

/** Moves tags, again where the cause of a failure may pass; fails with what was said. */
export async function moveTagsPatiently(request: TagTries): Promise<Result<null, PublishFailed>> {
  const {publication, reference, ports, emit, signal} = request;
  const {of} = publication;
  const {waiting, logins} = ports;
  let tries = 0;
  const ran = await withRetries({
    attempt: (number) => {
      tries = number;
      return tryToMove(request);
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

/** Moves them once. What the words of a failure have lost is asked of the registry itself. */
export async function tryToMove(request: TagTry): Promise<Result<null, RegistryFailure>> {
  const {move, isDone, ports, signal} = request;
  const once = await move(signal);
  if (once.ok || signal.aborted) return once;
  if (await isDone()) return ok(null);
  return err((await askRegistry({failure: once.error, probe: ports.probe, signal})).failure);
}
