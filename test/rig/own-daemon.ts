import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';

/** A program that a test started for itself. */
export interface OwnDaemon {
  readonly pid: number;
  /** Ends it, by force when it does not end within five seconds. */
  stop(): Promise<void>;
}

/** Starts the program and waits until it answers; what it wrote is told when it does not. */
export async function startDaemon(
  command: string,
  args: readonly string[],
  {
    env = {},
    answers,
  }: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly answers: () => Promise<boolean>;
  },
): Promise<OwnDaemon> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, OTEL_TRACES_EXPORTER: 'none', ...env},
  });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'close');
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (isOver()) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(force);
  };
  for (let tries = 0; tries < 200 && !isOver(); tries += 1) {
    if (await answers().catch(() => false)) return {pid: child.pid ?? 0, stop};
    await sleep(50);
  }
  await stop();
  throw new Error(`${command} does not answer: ${said}`);
}
