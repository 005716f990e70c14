import {BUILDERS, DOCKER_DRIVER} from './builders.ts';
import {ecrApiAddress} from './moto.ts';
import type {EnginePaths} from './paths.ts';
import {registryAddress} from './registries.ts';
import {upstreamHosts} from './stand-ins.ts';
import {AUTH_USER} from './state.ts';
import type {EngineState} from './state.ts';

/** What a program has to have in its environment to use the engine, PATH included. */
export function engineVariables(paths: EnginePaths, state: EngineState): Record<string, string> {
  const registry = registryAddress(state, 'open');
  const builders = [...(state.buildkit ? BUILDERS.map(({name}) => name) : []), DOCKER_DRIVER];
  return {
    PATH: `${paths.bin}:${process.env['PATH'] ?? ''}`,
    DOCKER_HOST: state.dockerHost,
    DOCKER_CONFIG: paths.dockerConfig,
    BUILDX_CONFIG: paths.buildxConfig,
    BUILD_MATRIX_MIRRORS: upstreamHosts()
      .map((host) => `${host}=${registry}/${host}`)
      .join(','),
    BUILD_MATRIX_ENGINE_KIND: state.kind,
    BUILD_MATRIX_ENGINE_REGISTRY: registry,
    BUILD_MATRIX_ENGINE_AUTH_REGISTRY: registryAddress(state, 'auth'),
    BUILD_MATRIX_ENGINE_AUTH_USER: AUTH_USER,
    BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE: paths.auth.password,
    BUILD_MATRIX_ENGINE_ECR_API: `http://${ecrApiAddress(state)}`,
    BUILD_MATRIX_ENGINE_BUILDERS: builders.join(','),
    BUILD_MATRIX_ENGINE_NETWORK: state.network,
  };
}

/** Variables of the user that would win over the engine's. */
export const OVERRIDING = [
  'DOCKER_CONTEXT',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'BUILDX_BUILDER',
];

/** Lines for `eval "$(…)"`. PATH stays the shell's own, with ours in front. */
export function shellExports(
  variables: Readonly<Record<string, string>>,
  paths: EnginePaths,
): string {
  const lines = Object.entries(variables).map(([name, value]) =>
    name === 'PATH' ? `export PATH=${quote(paths.bin)}:"$PATH"` : `export ${name}=${quote(value)}`,
  );
  return [`unset ${OVERRIDING.join(' ')}`, ...lines].join('\n');
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
