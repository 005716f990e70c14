import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {EngineError} from './errors.ts';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** After this the command is killed and counts as failed. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ended with this process: a half-done build must not go on after its `up` has failed. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) {
    child.kill();
  }
});

/** Runs a command to its end. Never throws: a missing program is code 127, as in a shell. */
export function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    // A program that does not read its input closes the pipe; that is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      resolve({code: 127, stdout, stderr: error.message});
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({
        code: code ?? 128,
        stdout,
        stderr: signal === null ? stderr : `${stderr}\nended by ${signal}`,
      });
    });
  });
}

/**
 * Runs a command that has to succeed and returns what it printed.
 * @throws EngineError with the last lines of its output as the reason.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code !== 0) {
    throw new EngineError(`${command} ${args.slice(0, 3).join(' ')} failed (exit ${result.code})`, {
      reason: lastLines(result.stderr.trim() === '' ? result.stdout : result.stderr, 12),
    });
  }
  return result.stdout;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** True for a program that can be found on the PATH of `env`. */
export async function onPath(
  program: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  return (await attempt('sh', ['-c', 'command -v "$0"', program], {env})).code === 0;
}
