import {err, ok, type Result} from '../../src/model/result.ts';
import type {
  ProcessExit,
  ProcessFailure,
  ProcessRequest,
  Processes,
} from '../../src/ports/processes.ts';

/** What a scripted program does once it is started. */
export interface Script {
  /** Lines that it writes before it ends. */
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  /** Default 0. */
  readonly exitCode?: number;
  /** Instead of an exit: how it could not be run. */
  readonly failure?: ProcessFailure;
  /** The program goes on until this resolves, or until it is ended by its signal. */
  readonly until?: Promise<void>;
  /** What it does on its own before it writes: files that it makes, a call into the test. */
  readonly effect?: (request: ProcessRequest) => void;
}

export interface FakeProcesses extends Processes {
  /** Every request, in order. */
  readonly requests: readonly ProcessRequest[];
  /** How many run now. */
  readonly running: number;
  readonly killed: boolean;
  /**
   * The program does this when its command line (command and arguments, joined by spaces) matches:
   * a text that it contains, or a pattern. The newest that matches wins.
   */
  on(match: string | RegExp, script: Script | ((request: ProcessRequest) => Script)): void;
}

/** Throws for a command line that nothing was scripted for. */
export function createFakeProcesses(): FakeProcesses {
  const scripts: {
    match: string | RegExp;
    script: Script | ((request: ProcessRequest) => Script);
  }[] = [];
  const requests: ProcessRequest[] = [];
  const killAll = new AbortController();
  let running = 0;

  const scriptFor = (request: ProcessRequest): Script => {
    const line = [request.command, ...request.args].join(' ');
    const found = scripts.findLast(({match}) =>
      typeof match === 'string' ? line.includes(match) : match.test(line),
    );
    if (found === undefined) throw new Error(`nothing is scripted for: ${line}`);
    return typeof found.script === 'function' ? found.script(request) : found.script;
  };

  const play = async (
    request: ProcessRequest,
    script: Script,
  ): Promise<Result<ProcessExit, ProcessFailure>> => {
    if (script.failure !== undefined) return err(script.failure);
    const signals = [request.signal, killAll.signal].filter((signal) => signal !== undefined);
    const ended = AbortSignal.any(signals);
    if (ended.aborted) return err({kind: 'cancelled'});
    script.effect?.(request);
    for (const line of script.stdout ?? []) request.onStdoutLine?.(line);
    if (script.stdout !== undefined) {
      await request.onStdoutBytes?.(new TextEncoder().encode(asText(script.stdout)));
    }
    for (const line of script.stderr ?? []) request.onStderrLine?.(line);
    await Promise.race([script.until ?? Promise.resolve(), aborted(ended)]);
    if (request.signal?.aborted === true) return err({kind: 'cancelled'});
    const collect = request.collect ?? true;
    return ok({
      ...(killAll.signal.aborted ? {signal: 'SIGKILL'} : {exitCode: script.exitCode ?? 0}),
      stdout: collect ? asText(script.stdout) : '',
      stderr: collect ? asText(script.stderr) : '',
    });
  };

  return {
    requests,
    get running() {
      return running;
    },
    get killed() {
      return killAll.signal.aborted;
    },
    on(match, script) {
      scripts.push({match, script});
    },
    async run(request) {
      requests.push(request);
      const script = scriptFor(request);
      running += 1;
      try {
        return await play(request, script);
      } finally {
        running -= 1;
      }
    },
    killAll() {
      killAll.abort();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        {once: true},
      );
  });
}

function asText(lines: readonly string[] = []): string {
  return lines.map((line) => `${line}\n`).join('');
}
