import {dockerLogin} from '../docker/docker-login.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import type {RegistryUnusable} from '../events/failure.ts';
import type {Clock} from '../ports/clock.ts';
import type {Ecr} from '../ports/ecr.ts';
import type {Logins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import type {LoginAnswer, RegistryCheck} from '../ports/registry-check.ts';
import {createFindings, type Findings, type Locate} from '../plan/findings.ts';
import {dockerLoginRefused, noEcrToken, notLoggedIn, type LoginProblem} from './login-problems.ts';
import type {EcrPlace, Place} from './registry-places.ts';

export interface LoginPorts {
  readonly ecr: Ecr;
  readonly check: RegistryCheck;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** A token is replaced so long before it expires: a push that begins with it has to end with it. */
const renewBeforeMs = 15 * 60_000;
/** A token that is as good as expired when it comes is not asked for again at every push. */
const keepAtLeastMs = 60_000;

/** A login of docker's that we made; times in milliseconds since the Unix epoch. */
interface OwnLogin {
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/**
 * Logins to the hosts of these places. What docker has itself is used where the registry takes it;
 * for Amazon's registries docker is otherwise logged in with a token, which is renewed in time.
 * Problems of the same place are found anew at each call of `ensure`.
 */
export function createLogins(places: readonly Place[], ports: LoginPorts, locate: Locate): Logins {
  const hosts = new Map(places.map((place) => [place.host, place]));
  /** Hosts that are settled; null where docker's own login is used. */
  const settled = new Map<string, OwnLogin | null>();
  // One at a time: docker rewrites its whole configuration with each login.
  let queue: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  function isFresh(host: string): boolean {
    const login = settled.get(host);
    if (login === undefined || login === null) return login === null;
    const now = ports.clock.now();
    return now < login.expiresAt - renewBeforeMs || now < login.obtainedAt + keepAtLeastMs;
  }

  async function settle(place: Place, signal?: AbortSignal): Promise<LoginProblem | undefined> {
    const {host, path, ecr} = place;
    if (isFresh(host)) return undefined;
    if (!settled.has(host)) {
      const answer = await ports.check.check(host, path, signal);
      if (isUsable(answer)) {
        settled.set(host, null);
        return undefined;
      }
      if (ecr === null || !isOurs(answer)) return notLoggedIn(place, answer);
    }
    return ecr === null ? undefined : logIn(place, ecr, signal);
  }

  async function logIn(
    place: Place,
    {address}: EcrPlace,
    signal?: AbortSignal,
  ): Promise<LoginProblem | undefined> {
    const token = await ports.ecr.token(address, signal);
    if (!token.ok) return noEcrToken(place, address, token.error);
    const {username, password, expiresAt} = token.value;
    const login = {host: place.host, username, password};
    const stored = await dockerLogin(ports.processes, login, signal);
    if (!stored.ok) return dockerLoginRefused(place, stored.error);
    settled.set(place.host, {obtainedAt: ports.clock.now(), expiresAt});
    return undefined;
  }

  return {
    ensure(signal) {
      if ([...hosts.keys()].every(isFresh)) return Promise.resolve(null);
      return inTurn(async () => {
        const findings = createFindings(locate);
        for (const place of hosts.values()) report(await settle(place, signal), findings);
        return unusable(findings.diagnostics());
      });
    },
    renew(host, signal) {
      const place = hosts.get(host);
      const ecr = place?.ecr;
      if (place === undefined || ecr === undefined || ecr === null) return Promise.resolve(false);
      return inTurn(async () => (await logIn(place, ecr, signal)) === undefined);
    },
  };
}

/** What cannot be looked at from here is left to the push, which goes another way. */
function isUsable({kind}: LoginAnswer): boolean {
  return kind === 'open' || kind === 'accepted' || kind === 'unreachable';
}

/** Whether `docker login` would change anything: the environment wins, and a helper for the host stores nothing. */
function isOurs({source}: LoginAnswer): boolean {
  return source?.kind !== 'environment' && !(source?.kind === 'helper' && source.ofHost);
}

function report(problem: LoginProblem | undefined, findings: Findings): void {
  if (problem !== undefined) findings.error(problem.code, problem);
}

function unusable(diagnostics: readonly Diagnostic[]): RegistryUnusable | null {
  return diagnostics.length === 0 ? null : {reason: 'registry-unusable', diagnostics};
}
