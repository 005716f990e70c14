import {createAwsEcr} from '../../adapters/aws-ecr.ts';
import type {Failure, InvalidUsage} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import {createFindings} from '../../plan/findings.ts';
import {chooseRegistries} from '../../registries/choose-registries.ts';
import {logIn, loginVariables, type GivenLogin, type LogInResult} from '../../registries/log-in.ts';
import {formatLogins} from '../../render/logins-text.ts';
import type {CommandContext} from '../context.ts';
import {openProcesses} from '../open-processes.ts';
import type {Flags} from '../flags.ts';
import {loadMatrixAt} from '../load-matrix-at.ts';
import {openRegistryCheck} from '../run-ports.ts';
import {isStopped, watchSignals} from '../signals.ts';

/** `build-matrix login`: logs docker in where something is missing, or with `--check` only tells. */
export async function login(
  context: CommandContext,
  named: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const asked = await askedLogin(named, flags);
  if (!asked.ok) return [asked.error];
  const loaded = await loadMatrixAt(flags, named.length > 0);
  if (!loaded.ok) return [loaded.error];
  const {matrix, locate} = loaded.value;
  const findings = createFindings(locate);
  const places = chooseRegistries(named, matrix, findings);
  if (findings.hasErrors()) {
    return [{reason: 'invalid-matrix', diagnostics: findings.diagnostics()}];
  }
  if (!places.ok) return [usage(places.error.message, places.error.suggestion ?? '')];

  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const check = openRegistryCheck(processes, context.environment, matrix);
  const ports = {ecr: createAwsEcr(), check, processes};
  const results: LogInResult[] = [];
  // One after the other: docker rewrites its whole configuration with each login.
  for (const place of places.value) {
    const given = asked.value ?? fromEnvironment(context, place.host);
    const request = {place, given, checkOnly: flags.check === true, ports, signal: stopping};
    results.push(await logIn(request));
    if (isStopped(stopping)) return [stopping.reason as Failure];
  }
  context.out.print(
    flags.json === true
      ? JSON.stringify(results.map(asJson), null, 2)
      : formatLogins(results, context.out.style),
  );
  const problems = createFindings(locate);
  for (const {problem} of results) if (problem !== null) problems.error(problem.code, problem);
  const diagnostics = problems.diagnostics();
  return diagnostics.length === 0 ? [] : [{reason: 'registry-unusable', diagnostics}];
}

type Asked = (GivenLogin & {readonly isAsked: boolean}) | null;

/** The login that the command line gives; the password is read from standard input. */
async function askedLogin(
  named: readonly string[],
  flags: Flags,
): Promise<Result<Asked, InvalidUsage>> {
  const {username, passwordStdin} = flags;
  if (username === undefined && passwordStdin !== true) return ok(null);
  if (username === undefined || passwordStdin !== true) {
    return err(
      usage(
        'a login is a name and a password',
        'give --username NAME and --password-stdin together',
      ),
    );
  }
  if (named.length !== 1) {
    return err(
      usage(
        '--username is for one registry',
        'name it: `build-matrix login REGISTRY --username NAME --password-stdin`',
      ),
    );
  }
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) text += String(piece);
  const password = text.replace(/\r?\n$/u, '');
  if (password === '') {
    return err(usage('standard input holds no password', 'pipe it in: `… < password.txt`'));
  }
  return ok({username, password, isAsked: true});
}

function fromEnvironment({environment}: CommandContext, host: string): Asked {
  const variables = loginVariables(host);
  const username = environment[variables.username] ?? '';
  const password = environment[variables.password] ?? '';
  return username === '' || password === '' ? null : {username, password, isAsked: false};
}

function asJson({place, answer, isNew, problem}: LogInResult): object {
  const {registry, host} = place;
  const {kind: status, source, pulls} = answer;
  return {registry, host, status, source, isNew, message: problem?.message ?? null, pulls};
}

function usage(message: string, remedy: string): InvalidUsage {
  return {reason: 'invalid-usage', message, remedy};
}
