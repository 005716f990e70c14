import {HOST_IMAGES, OLDEST_BUILDX} from './pins.ts';
import {attempt, lastLines} from './shell.ts';
import type {EngineKind} from './state.ts';

export interface Detection {
  readonly kind: EngineKind;
  /** Why the machine's own docker is not used; empty when it is. */
  readonly reason: string;
}

/** What is known about the machine's own docker. */
export interface HostDocker {
  /** Its address: the current context's, so that a configuration of our own reaches it too. */
  readonly host: string;
  /** Paths of its plugins. */
  readonly plugins: {readonly buildx: string; readonly compose: string};
}

const QUICKLY = {timeoutMs: 10_000};
/** Over a slow line; the registry image has 10 MB. */
const PULL_TIMEOUT_MS = 120_000;

/** The machine's own docker, or the reason why it cannot serve. */
export async function hostDocker(): Promise<HostDocker | string> {
  const server = await attempt('docker', ['version', '--format', '{{.Server.Version}}'], QUICKLY);
  if (server.code !== 0) {
    return server.code === 127 ? 'there is no docker' : `docker: ${lastLines(server.stderr, 1)}`;
  }
  const plugins = await attempt(
    'docker',
    ['info', '--format', '{{json .ClientInfo.Plugins}}'],
    QUICKLY,
  );
  const buildx = findPlugin(plugins.stdout, 'buildx');
  if (buildx === undefined) {
    return 'docker has no buildx';
  }
  if (isOlder(buildx.version, OLDEST_BUILDX)) {
    return `its buildx ${buildx.version} is older than ${OLDEST_BUILDX}`;
  }
  const compose = findPlugin(plugins.stdout, 'compose');
  if (compose === undefined) {
    return 'docker has no compose';
  }
  const context = await attempt(
    'docker',
    ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
    QUICKLY,
  );
  const host = process.env['DOCKER_HOST'] ?? context.stdout.trim();
  return {
    host: host === '' ? 'unix:///var/run/docker.sock' : host,
    plugins: {buildx: buildx.path, compose: compose.path},
  };
}

/** Decides which engine this machine gets; `wanted` overrules it. */
export async function detect(wanted: EngineKind | undefined): Promise<Detection> {
  if (wanted !== undefined) {
    return {kind: wanted, reason: wanted === 'private' ? 'a private engine was asked for' : ''};
  }
  const found = await hostDocker();
  if (typeof found === 'string') {
    return {kind: 'private', reason: found};
  }
  const pulled = await attempt('docker', ['pull', '--quiet', HOST_IMAGES.registry], {
    timeoutMs: PULL_TIMEOUT_MS,
  });
  return pulled.code === 0
    ? {kind: 'host', reason: ''}
    : {kind: 'private', reason: `docker cannot pull images: ${lastLines(pulled.stderr, 1)}`};
}

function findPlugin(
  plugins: string,
  name: string,
): {readonly version: string; readonly path: string} | undefined {
  try {
    const list = JSON.parse(plugins) as readonly {Name: string; Version: string; Path: string}[];
    const found = list.find(({Name}) => Name === name);
    return found === undefined ? undefined : {version: found.Version, path: found.Path};
  } catch {
    return undefined;
  }
}

/** Compares `v0.29.1+ds1` with `0.22.0` by their three numbers. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): readonly number[] =>
    (/(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  for (const [index, wanted] of b.entries()) {
    const have = a[index] ?? 0;
    if (have !== wanted) {
      return have < wanted;
    }
  }
  return false;
}
