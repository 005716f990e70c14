import {connect} from 'node:net';
import {join} from 'node:path';
import type {DaemonSpec} from './daemons.ts';
import {writeAtomic} from './files.ts';
import type {EnginePaths} from './paths.ts';
import {withTools} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import type {EngineState} from './state.ts';
import {cgroupParent} from './sweep.ts';

export type NodeNumber = 1 | 2;

export const NODE_NUMBERS: readonly NodeNumber[] = [1, 2];

export function nodeName(number: NodeNumber): string {
  return `buildkitd-${number}`;
}

export function nodeSocket(state: EngineState, number: NodeNumber): string {
  return join(state.runtime, `${nodeName(number)}.sock`);
}

/** The part of buildkitd.toml that both kinds of engine need: the registries speak plain http. */
export function registryToml(state: EngineState): string {
  return [state.ports.open, state.ports.auth]
    .map((port) => `[registry."127.0.0.1:${port}"]\n  http = true\n  insecure = true\n`)
    .join('\n');
}

/** Writes the node's buildkitd.toml and tells how to start it. */
export async function nodeSpec(
  paths: EnginePaths,
  tools: Tools,
  state: EngineState,
  buildkitd: string,
  number: NodeNumber,
): Promise<DaemonSpec> {
  const folder = join(paths.engine, nodeName(number));
  const socket = nodeSocket(state, number);
  // With no CNI configuration the steps share the host's network, which is what we want here.
  const toml = `root = ${JSON.stringify(join(folder, 'root'))}

# Lets a build ask for --network=host, as the docker driver does.
insecure-entitlements = ["network.host"]

[log]
  format = "text"

[grpc]
  address = [${JSON.stringify(`unix://${socket}`)}]

[worker.containerd]
  enabled = false

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  binary = ${JSON.stringify(tools.runc)}
  networkMode = "host"
  defaultCgroupParent = ${JSON.stringify(cgroupParent(paths.id, nodeName(number)))}
  gc = true
  # Fixed amounts: the default keeps a share of the disk free and would empty the cache of a full one.
  maxUsedSpace = "10GB"
  reservedSpace = "1GB"
  minFreeSpace = "1GB"

${registryToml(state)}`;
  const file = join(folder, 'buildkitd.toml');
  await writeAtomic(file, toml);
  return {
    name: nodeName(number),
    command: buildkitd,
    args: ['--config', file],
    env: withTools(tools),
    configuration: toml,
    ready: () => accepts(socket),
  };
}

/** buildkitd opens its socket when its workers are ready, so an accepted connection is enough. */
export function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({path: socketPath, timeout: 3_000});
    const answer = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', () => {
      answer(true);
    });
    socket.on('timeout', () => {
      answer(false);
    });
    socket.on('error', () => {
      answer(false);
    });
  });
}
