import {execa} from 'execa';
import {setTimeout as sleep} from 'node:timers/promises';
import {Readable, Writable} from 'node:stream';
import {finished, pipeline} from 'node:stream/promises';
import {err, ok} from '../model/result.ts';
import type {Processes, ProcessRequest} from '../ports/processes.ts';
import {endGroup, signalGroup} from './process-group.ts';

const defaultKillAfterMs = 10_000;
const pipeClosesWithinMs = 1000;

/**
 * Programs of this machine. Each child leads a process group of its own, so that whatever it starts
 * (docker runs buildx as a child) ends with it. The terminal's Ctrl-C does not reach such a group:
 * the caller forwards it by `signal`.
 */
export function createProcesses(): Processes {
  const running = new Set<number>();
  return {
    run: (request) => runOne(request, running),
    killAll() {
      for (const pid of running) signalGroup(pid, 'SIGKILL');
    },
  };
}

async function runOne(request: ProcessRequest, running: Set<number>): ReturnType<Processes['run']> {
  const {command, args, signal, killAfterMs = defaultKillAfterMs} = request;
  if (signal?.aborted === true) return err({kind: 'cancelled'});
  const child = execa(command, [...args], {
    ...(request.env === undefined ? {} : {env: request.env}),
    ...(request.cwd === undefined ? {} : {cwd: request.cwd}),
    ...inputOf(request.input),
    ...(signal === undefined ? {} : {cancelSignal: signal}),
    ...(request.timeoutMs === undefined ? {} : {timeout: request.timeoutMs}),
    buffer: request.onStdoutBytes === undefined ? (request.collect ?? true) : {stdout: false},
    stripFinalNewline: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: killAfterMs,
  });
  const {pid} = child;
  if (pid !== undefined) running.add(pid);
  passInput(child.stdin, request.input);
  const ends = [
    passLines(child.stdout, request.onStdoutLine),
    passLines(child.stderr, request.onStderrLine),
    passBytes(child.stdout, request.onStdoutBytes),
  ];
  const result = await child;
  if (pid !== undefined) {
    await endGroup(pid, killAfterMs);
    running.delete(pid);
  }
  // Without `buffer` execa settles at the exit, when the pipes may still hold the last lines.
  for (const end of ends) await end();

  if (result.isCanceled) return err({kind: 'cancelled'});
  if (result.timedOut) return err({kind: 'timed-out', afterMs: request.timeoutMs ?? 0});
  const {exitCode, signal: endSignal} = result;
  if (exitCode === undefined && endSignal === undefined) {
    // A folder that does not exist fails with the same code as a program that does not.
    const message = result.originalMessage ?? result.message ?? 'no reason given';
    const missing = result.code === 'ENOENT' && !message.includes('The "cwd" option');
    return err(missing ? {kind: 'not-found', command} : {kind: 'spawn-failed', message});
  }
  return ok({
    ...(exitCode === undefined ? {} : {exitCode}),
    ...(endSignal === undefined ? {} : {signal: endSignal}),
    stdout: textOf(result.stdout),
    stderr: textOf(result.stderr),
  });
}

function inputOf(
  input: ProcessRequest['input'],
): {readonly stdin: 'ignore' | 'pipe'} | {readonly input: string} {
  if (input === undefined) return {stdin: 'ignore'};
  return typeof input === 'string' ? {input} : {stdin: 'pipe'};
}

/** execa would wait for the end of a stream that it was given as input, even when the child has ended. */
function passInput(stdin: Writable | null, input: ProcessRequest['input']): void {
  if (stdin === null || input === undefined || typeof input === 'string') return;
  // The child may end before it has read everything.
  pipeline(Readable.from(input, {objectMode: false}), stdin).catch(() => undefined);
}

function textOf(output: unknown): string {
  return typeof output === 'string' ? output : '';
}

/** Hands on bytes no faster than they are taken; what nobody takes any more is dropped. */
function passBytes(
  stream: Readable | null,
  onBytes: ProcessRequest['onStdoutBytes'],
): () => Promise<void> {
  if (stream === null || onBytes === undefined) return () => Promise.resolve();
  const taken = pipeline(
    stream,
    new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        onBytes(chunk).then(
          () => {
            done();
          },
          () => {
            done();
          },
        );
      },
    }),
  ).catch(() => undefined);
  return () => taken;
}

/** Hands on every whole line as it comes. The returned function waits for the last one. */
function passLines(
  stream: Readable | null,
  onLine: ProcessRequest['onStdoutLine'],
): () => Promise<void> {
  if (stream === null || onLine === undefined) return () => Promise.resolve();
  const decoder = new TextDecoder();
  const pass = (line: string): void => {
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  let rest = '';
  const take = (text: string): void => {
    const [first = '', ...others] = text.split('\n');
    rest += first;
    for (const next of others) {
      pass(rest);
      rest = next;
    }
  };
  stream.on('data', (chunk: Uint8Array) => {
    take(decoder.decode(chunk, {stream: true}));
  });
  const closed = finished(stream, {writable: false}).catch(() => undefined);
  return async () => {
    // A descendant that left the group may hold the pipe open for ever.
    await Promise.race([closed, sleep(pipeClosesWithinMs, undefined, {ref: false})]);
    take(decoder.decode());
    if (rest !== '') pass(rest);
  };
}
