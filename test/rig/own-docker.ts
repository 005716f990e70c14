import {execFile} from 'node:child_process';
import {copyFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {promisify} from 'node:util';

import {answersPing} from '../../tools/engine/dockerd.ts';
import {freePort} from '../../tools/engine/free-port.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';
import {buildkitdIn} from '../../tools/engine/provision-buildkitd.ts';
import {toolsIn, withLibraries} from '../../tools/engine/provision-tools.ts';
import {clearCgroup, unmountBelow} from '../../tools/engine/sweep.ts';
import {startDaemon} from './own-daemon.ts';

const run = promisify(execFile);

/** The docker of another machine, as far as a client can tell. */
export interface OwnDocker {
  /** `unix://…` and `tcp://127.0.0.1:PORT`. */
  readonly socket: string;
  readonly address: string;
  /** Image of BuildKit, of which docker-container builders are made. */
  readonly image: string;
  close(): Promise<void>;
}

/** A second dockerd, which has an image of the engine's own BuildKit: no other is in reach. */
export async function startOwnDocker(): Promise<OwnDocker> {
  const tools = toolsIn(enginePaths(REPOSITORY));
  const folder = await mkdtemp(join(tmpdir(), 'bmd-'));
  const socket = join(folder, 'docker.sock');
  const port = await freePort();
  const cgroup = `/bm-own-${basename(folder)}`;
  const settings = {
    features: {'containerd-snapshotter': true},
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'run'),
    pidfile: join(folder, 'pid'),
    hosts: [`unix://${socket}`, `tcp://127.0.0.1:${port}`],
    ...{bridge: 'none', iptables: false, ip6tables: false, 'ip-forward': false},
    'cgroup-parent': cgroup,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'init-path': tools.dockerInit,
    'shutdown-timeout': 3,
    'log-level': 'error',
  };
  await writeFile(join(folder, 'daemon.json'), JSON.stringify(settings));
  const daemon = await startDaemon(tools.dockerd, ['--config-file', join(folder, 'daemon.json')], {
    env: {...withLibraries(tools), DOCKER_FIREWALL_BACKEND: 'nftables'},
    answers: () => answersPing(socket),
  });
  const close = async (): Promise<void> => {
    await daemon.stop();
    await clearCgroup(cgroup);
    await unmountBelow([folder]);
    await rm(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 200});
  };
  try {
    const image = await makeBuildkitImage(folder, `unix://${socket}`);
    return {socket: `unix://${socket}`, address: `tcp://127.0.0.1:${port}`, image, close};
  } catch (error) {
    await close();
    throw error;
  }
}

/** buildx asks a container's `buildctl` for two things only: to pass a connection on, and whether there is one. */
const buildctl = `package main

import (
	"io"
	"net"
	"os"
)

func main() {
	socket, err := net.Dial("unix", "/run/buildkit/buildkitd.sock")
	if err != nil {
		os.Exit(1)
	}
	if len(os.Args) < 2 || os.Args[1] != "dial-stdio" {
		return
	}
	go func() {
		io.Copy(socket, os.Stdin)
		socket.(*net.UnixConn).CloseWrite()
	}()
	io.Copy(os.Stdout, socket)
}
`;

async function makeBuildkitImage(folder: string, host: string): Promise<string> {
  const paths = enginePaths(REPOSITORY);
  const {runc} = toolsIn(paths);
  const context = join(folder, 'image');
  await mkdir(join(context, 'lib'), {recursive: true});
  await writeFile(join(context, 'main.go'), buildctl);
  const go = {cwd: context, env: {...process.env, CGO_ENABLED: '0', GO111MODULE: 'off'}};
  await run('go', ['build', '-o', 'buildctl', 'main.go'], go);
  await copyFile(buildkitdIn(paths), join(context, 'buildkitd'));
  await copyFile(runc, join(context, 'runc'));
  const {stdout: libraries} = await run('ldd', [runc]);
  for (const [path] of libraries.matchAll(/\/\S+(?= \()/gu)) {
    await copyFile(path, join(context, 'lib', basename(path)));
  }
  await writeFile(
    join(context, 'Dockerfile'),
    `FROM scratch
COPY buildkitd buildctl runc /bin/
COPY lib /lib64
COPY lib /lib
ENV PATH=/bin TMPDIR=/run
ENTRYPOINT ["buildkitd"]
`,
  );
  const image = 'own/buildkit:1';
  const env = {...process.env, DOCKER_HOST: host, BUILDX_BUILDER: 'default'};
  await run('docker', ['buildx', 'build', '--load', '--tag', image, context], {env});
  return image;
}
