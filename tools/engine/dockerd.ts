import {request} from 'node:http';
import {join} from 'node:path';
import {volatileFolder} from './daemons.ts';
import type {DaemonSpec} from './daemons.ts';
import {writeAtomic} from './files.ts';
import type {Bridge} from './network.ts';
import type {EnginePaths} from './paths.ts';
import {withLibraries} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import type {EngineState} from './state.ts';
import {cgroupParent} from './sweep.ts';

export const DOCKERD = 'dockerd';

/** Writes dockerd's configuration and tells how to start it. */
export async function dockerdSpec(
  paths: EnginePaths,
  tools: Tools,
  state: EngineState,
  bridge: Bridge | undefined,
): Promise<DaemonSpec> {
  const folder = join(paths.engine, DOCKERD);
  const socket = dockerSocket(state);
  const settings = {
    // The containerd image store: without it there is no multi-platform image on this driver.
    features: {'containerd-snapshotter': true},
    'data-root': join(folder, 'data'),
    'exec-root': volatileFolder(state, DOCKERD),
    pidfile: join(volatileFolder(state, DOCKERD), 'dockerd.pid'),
    hosts: [`unix://${socket}`],
    bridge: bridge?.name ?? 'none',
    ...(bridge === undefined ? {} : {mtu: bridge.mtu}),
    // See network.ts: the packet filter is shared with whoever else uses this machine.
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    // Published ports are then carried by this proxy.
    'userland-proxy-path': tools.dockerProxy,
    'init-path': tools.dockerInit,
    'cgroup-parent': cgroupParent(paths.id, DOCKERD),
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'shutdown-timeout': 3,
    'log-level': 'warn',
    // Fixed amounts: the defaults keep a share of the disk free and empty the cache of a full one.
    builder: {
      gc: {
        enabled: true,
        defaultReservedSpace: '1GB',
        defaultMaxUsedSpace: '10GB',
        defaultMinFreeSpace: '1GB',
      },
    },
  };
  // What makes container names resolve is a rule inside each container's own network namespace; set
  // by our nft, since few machines have an iptables.
  const firewall = {DOCKER_FIREWALL_BACKEND: 'nftables'};
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  const file = join(folder, 'daemon.json');
  await writeAtomic(file, text);
  return {
    name: DOCKERD,
    command: tools.dockerd,
    args: ['--config-file', file],
    env: {...withLibraries(tools), ...firewall},
    configuration: text + JSON.stringify(firewall),
    ready: () => answersPing(socket),
  };
}

export function dockerSocket(state: EngineState): string {
  return join(state.runtime, 'docker.sock');
}

/** The Engine API's own health question. */
export function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const question = request({socketPath, path: '/_ping', timeout: 3_000}, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    question.on('timeout', () => question.destroy());
    question.on('error', () => {
      resolve(false);
    });
    question.end();
  });
}
