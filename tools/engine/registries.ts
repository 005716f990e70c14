import {compare, hash} from 'bcryptjs';
import {randomBytes} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {DaemonSpec} from './daemons.ts';
import {readIfAny, writeAtomic} from './files.ts';
import type {EnginePaths} from './paths.ts';
import {withTools} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import {AUTH_USER} from './state.ts';
import type {EngineState} from './state.ts';

export type RegistryKind = 'open' | 'auth';

export const REGISTRY_KINDS: readonly RegistryKind[] = ['open', 'auth'];

export function registryName(kind: RegistryKind): string {
  return `registry-${kind}`;
}

export function registryAddress(state: EngineState, kind: RegistryKind): string {
  return `127.0.0.1:${state.ports[kind]}`;
}

/** Makes the password of the second registry, once, and the file by which the registry checks it. */
export async function ensurePassword(paths: EnginePaths): Promise<void> {
  await mkdir(paths.auth.folder, {recursive: true, mode: 0o700});
  let password = await readIfAny(paths.auth.password);
  if (password === undefined || password === '') {
    password = randomBytes(24).toString('base64url');
    await writeAtomic(paths.auth.password, password, 0o600);
  }
  const entry = ((await readIfAny(paths.auth.htpasswd)) ?? '').trim();
  const hashed = entry.slice(AUTH_USER.length + 1);
  if (!entry.startsWith(`${AUTH_USER}:`) || !(await compare(password, hashed))) {
    // A cheap hash: the password is random, and the registry checks it at every request.
    await writeAtomic(paths.auth.htpasswd, `${AUTH_USER}:${await hash(password, 5)}\n`, 0o600);
  }
}

/** Writes a registry's configuration and tells how to start it. */
export async function registrySpec(
  paths: EnginePaths,
  tools: Tools,
  state: EngineState,
  kind: RegistryKind,
): Promise<DaemonSpec> {
  const folder = join(paths.engine, registryName(kind));
  const settings = {
    version: 0.1,
    log: {level: 'warn', accesslog: {disabled: true}},
    storage: {
      filesystem: {rootdirectory: join(folder, 'data')},
      delete: {enabled: true},
      // Uploads are only ever broken off by tests; the default keeps looking for them.
      maintenance: {uploadpurging: {enabled: false}},
    },
    http: {addr: registryAddress(state, kind), secret: paths.id},
    ...(kind === 'auth'
      ? {auth: {htpasswd: {realm: 'build-matrix engine', path: paths.auth.htpasswd}}}
      : {}),
  };
  // JSON is YAML.
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  const file = join(folder, 'config.yml');
  await writeAtomic(file, text);
  return {
    name: registryName(kind),
    command: tools.registry,
    args: ['serve', file],
    env: {...withTools(tools), OTEL_TRACES_EXPORTER: 'none'},
    configuration: text,
    ready: () => registryAnswers(state, kind),
  };
}

/** 200 from the open one, 401 from the other: anything else is not our registry. */
export async function registryAnswers(state: EngineState, kind: RegistryKind): Promise<boolean> {
  try {
    const response = await fetch(`http://${registryAddress(state, kind)}/v2/`, {
      signal: AbortSignal.timeout(3_000),
    });
    await response.arrayBuffer();
    return response.status === (kind === 'open' ? 200 : 401);
  } catch {
    return false;
  }
}
