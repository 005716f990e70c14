import {setTimeout as sleep} from 'node:timers/promises';

import {execa} from 'execa';

import {freePort} from '../engine/free-port.ts';

/** How long an emulated Python service may take to start, in milliseconds. */
const patience = 90_000;

export interface Answer {
  /** HTTP status of `GET /healthz`. */
  readonly health: number;
  /** Body of `GET /info`. */
  readonly info: string;
}

/**
 * Runs the image, waits until its service answers, and removes the container and the pulled image. Rejects with the
 * container's log when the service does not answer in time.
 */
export async function askService(request: {
  readonly image: string;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<Answer> {
  const port = await freePort();
  const docker = (...args: readonly string[]) =>
    execa('docker', args, {env: request.env, all: true});
  const started = await docker(
    ...['run', '--detach', '--network', 'host', '--platform', request.platform],
    ...['--env', `PORT=${port}`, request.image],
  );
  const container = started.stdout.trim().split('\n').at(-1) ?? '';
  try {
    const origin = `http://127.0.0.1:${port}`;
    const health = await firstAnswer(`${origin}/healthz`);
    if (health === null) {
      const log = await docker('logs', container);
      throw new Error(
        `${request.image} (${request.platform}) does not answer; its log:\n${log.all}`,
      );
    }
    const info = await fetch(`${origin}/info`, {signal: AbortSignal.timeout(30_000)});
    return {health: health.status, info: (await info.text()).trim()};
  } finally {
    await docker('rm', '--force', '--volumes', container);
    await docker('image', 'rm', request.image);
  }
}

async function firstAnswer(url: string): Promise<Response | null> {
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const answer = await fetch(url, {signal: AbortSignal.timeout(10_000)}).catch(() => null);
    if (answer !== null) return answer;
    await sleep(250);
  }
  return null;
}
