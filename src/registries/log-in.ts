import {dockerLogin} from '../docker/docker-login.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Ecr} from '../ports/ecr.ts';
import type {Processes} from '../ports/processes.ts';
import type {LoginAnswer, RegistryCheck} from '../ports/registry-check.ts';
import {dockerLoginRefused, noEcrToken, notLoggedIn, type LoginProblem} from './login-problems.ts';
import type {Place} from './registry-places.ts';

export interface GivenLogin {
  readonly username: string;
  readonly password: string;
}

export interface LogInRequest {
  readonly place: Place;
  /** `isAsked`: replaces whatever docker has; else only where that is not enough. */
  readonly given: (GivenLogin & {readonly isAsked: boolean}) | null;
  /** Look, and change nothing. */
  readonly checkOnly: boolean;
  readonly ports: {
    readonly ecr: Ecr;
    readonly check: RegistryCheck;
    readonly processes: Processes;
  };
  readonly signal: AbortSignal;
}

export interface LogInResult {
  readonly place: Place;
  /** What the registry said last. */
  readonly answer: LoginAnswer;
  /** Whether docker got a new login. */
  readonly isNew: boolean;
  /** Why docker cannot push there; null when it can. */
  readonly problem: LoginProblem | null;
}

/** Logs docker in to one registry, where something is missing, and asks the registry what it thinks of it. */
export async function logIn(request: LogInRequest): Promise<LogInResult> {
  const {place, given, checkOnly, ports, signal} = request;
  const before = await ports.check.check(place.host, place.path, signal);
  const isEnough = problemOf(place, before) === null && given?.isAsked !== true;
  if (checkOnly || isEnough || isSilent(before)) {
    return {place, answer: before, isNew: false, problem: problemOf(place, before)};
  }
  const login = given === null ? await ecrLogin(place, before, ports.ecr, signal) : ok(given);
  if (!login.ok) return {place, answer: before, isNew: false, problem: login.error};
  const stored = await dockerLogin(ports.processes, {host: place.host, ...login.value}, signal);
  if (!stored.ok) {
    const problem = dockerLoginRefused(place, stored.error);
    return {place, answer: before, isNew: false, problem};
  }
  const answer = await ports.check.check(place.host, place.path, signal);
  return {place, answer, isNew: true, problem: problemOf(place, answer)};
}

/** Where it cannot be asked, a new login could not be tried either. */
const isSilent = ({kind}: LoginAnswer): boolean => kind === 'unreachable' || kind === 'untrusted';

async function ecrLogin(
  place: Place,
  answer: LoginAnswer,
  ecr: Ecr,
  signal: AbortSignal,
): Promise<Result<GivenLogin, LoginProblem>> {
  if (place.ecr === null) {
    const variables = loginVariables(place.host);
    return err({
      ...notLoggedIn(place, answer),
      suggestion: `name it with --username, and give a password or token by --password-stdin, or set ${variables.username} and ${variables.password}`,
    });
  }
  const token = await ecr.token(place.ecr.address, signal);
  return token.ok ? token : err(noEcrToken(place, place.ecr.address, token.error));
}

function problemOf(place: Place, answer: LoginAnswer): LoginProblem | null {
  return answer.kind === 'open' || answer.kind === 'accepted' ? null : notLoggedIn(place, answer);
}

/**
 * Environment variables for the login of a host. They belong to the host, not to a name in
 * matrix.yml: a stranger's file could give that name to a host of his own. `-` becomes `__`, since
 * `a-b.com` and `a.b.com` may have different owners.
 */
export function loginVariables(host: string): {
  readonly username: string;
  readonly password: string;
} {
  const name = host
    .toUpperCase()
    .replaceAll('-', '__')
    .replaceAll(/[^A-Z0-9_]/gu, '_');
  const prefix = `BUILD_MATRIX_LOGIN_${name}`;
  return {username: `${prefix}_USERNAME`, password: `${prefix}_PASSWORD`};
}
