import {compare, hash} from 'bcryptjs';
import {randomBytes} from 'node:crypto';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {DaemonSpec} from './daemons.ts';
import {readIfAny, writeAtomic} from './files.ts';
import {ECR_LOGIN} from './moto.ts';
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

/**
 * Makes the password of the second registry, once, and the file by which the registry checks it. It also
 * lets in who has a token of the ECR API.
 */
export async function ensurePassword(paths: EnginePaths): Promise<void> {
  await mkdir(paths.auth.folder, {recursive: true, mode: 0o700});
  let password = await readIfAny(paths.auth.password);
  if (password === undefined || password === '') {
    password = randomBytes(24).toString('base64url');
    await writeAtomic(paths.auth.password, password, 0o600);
  }
  const entries = ((await readIfAny(paths.auth.htpasswd)) ?? '').trim().split('\n');
  const users = [{username: AUTH_USER, password}, ECR_LOGIN];
  const lines = await Promise.all(
    users.map(async (user, index) => {
      const entry = entries[index] ?? '';
      const [name, hashed = ''] = entry.split(':');
      const isRight = name === user.username && (await compare(user.password, hashed));
      // A cheap hash: the registry checks it at every request, and nothing here is a secret for long.
      return isRight ? entry : `${user.username}:${await hash(user.password, 5)}`;
    }),
  );
  if (lines.join('\n') !== entries.join('\n')) {
    await writeAtomic(paths.auth.htpasswd, `${lines.join('\n')}\n`, 0o600);
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
