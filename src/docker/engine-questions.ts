import type {Result} from '../model/result.ts';
import type {Processes, ProcessExit, ProcessFailure} from '../ports/processes.ts';
import {parseInspection} from './builder-inspection.ts';
import type {BuildxCommand} from './buildx-arguments.ts';

const quickTimeoutMs = 20_000;
/** A builder that is not running is started, which may pull BuildKit's image. */
const bootTimeoutMs = 180_000;
const createTimeoutMs = 60_000;

export type Answer = Result<ProcessExit, ProcessFailure>;

/** Questions to docker, one process each; those of versions are under way. */
export interface EngineQuestions {
  readonly buildx: Promise<Answer>;
  readonly docker: Promise<Answer>;
  /**
   * Has the builder started if need be, and asks what it is, once; null for the current one. One that
   * does not exist is made by `create`, and removed when it does not start.
   */
  builder(name: string | null, create?: BuildxCommand | null): Promise<Answer>;
  /** Asks the builder anew: it may have gone since. */
  builderNow(name: string | null): Promise<Answer>;
}

/**
 * Asks docker and buildx for their versions. The answers stand in the way of every build, so they
 * come while the plan is made, and so does that of the builder that the run will most likely use
 * (`early`: its name, null for the current one). No builder is started before the plan is known to be
 * good: the early question starts nothing, and is asked again when there is something to be started.
 */
export function askEngine(
  processes: Processes,
  signal: AbortSignal,
  early?: string | null,
): EngineQuestions {
  const ask = (args: readonly string[], timeoutMs: number): Promise<Answer> =>
    processes.run({command: 'docker', args, timeoutMs, signal});
  // `-D` adds what the driver can do.
  const inspect = (name: string | null, options: readonly string[]): readonly string[] => [
    'buildx',
    '-D',
    'inspect',
    ...(name === null ? [] : [name]),
    ...options,
  ];
  const boot = (name: string | null): Promise<Answer> =>
    ask(inspect(name, ['--bootstrap']), bootTimeoutMs);
  const known = early === undefined ? undefined : ask(inspect(early, []), quickTimeoutMs);
  const find = async (name: string | null, create: BuildxCommand | null): Promise<Answer> => {
    if (known !== undefined && name === early) {
      const answer = await known;
      if (isRunning(answer)) return answer;
    }
    const answer = await boot(name);
    if (isSuccess(answer)) return answer;
    if (missingBuilder(answer) === undefined) return (await withoutDeadNodes(name)) ?? answer;
    if (create === null) return answer;
    const made = await ask(create.args, createTimeoutMs);
    if (!isSuccess(made)) return made;
    const booted = await boot(name);
    // What was made for an endpoint that is wrong would stay for ever: the next one has another name.
    if (!isSuccess(booted)) await ask(['buildx', 'rm', name ?? ''], createTimeoutMs);
    return booted;
  };
  // A node that does not start makes the start of the builder fail, and buildx goes on without it.
  const withoutDeadNodes = async (name: string | null): Promise<Answer | undefined> => {
    const answer = await ask(inspect(name, []), quickTimeoutMs);
    return isSuccess(answer) && answer.ok && hasRunningNode(answer.value.stdout)
      ? answer
      : undefined;
  };
  const asked = new Map<string | null, Promise<Answer>>();
  return {
    buildx: ask(['buildx', 'version'], quickTimeoutMs),
    docker: ask(['--version'], quickTimeoutMs),
    builderNow: boot,
    builder(name, create = null) {
      const answer = asked.get(name) ?? find(name, create);
      asked.set(name, answer);
      return answer;
    },
  };
}

/** The name that buildx knows no builder by; undefined when that is not what it said. */
export function missingBuilder(answer: Answer): string | undefined {
  if (!answer.ok) return undefined;
  const {stdout, stderr} = answer.value;
  const said = parseInspection(stdout).error ?? stderr;
  const match = /no builder (?:"(.*)" )?found/u.exec(said);
  return match === null ? undefined : (match[1] ?? '');
}

const isSuccess = (answer: Answer): boolean => answer.ok && answer.value.exitCode === 0;

const hasRunningNode = (text: string): boolean =>
  parseInspection(text).nodes.some(
    ({status, error}) => status === 'running' && error === undefined,
  );

/** Whether every node of the builder runs, so that nothing has to be started. */
function isRunning(answer: Answer): boolean {
  if (!answer.ok || answer.value.exitCode !== 0) return false;
  const {error, nodes} = parseInspection(answer.value.stdout);
  const running = nodes.every((node) => node.status === 'running' && node.error === undefined);
  return error === undefined && nodes.length > 0 && running;
}
