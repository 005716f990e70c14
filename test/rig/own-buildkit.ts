import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {freePort} from '../../tools/engine/free-port.ts';
import {enginePaths, REPOSITORY} from '../../tools/engine/paths.ts';
import {buildkitdIn} from '../../tools/engine/provision-buildkitd.ts';
import {toolsIn, withTools} from '../../tools/engine/provision-tools.ts';
import {startDaemon} from './own-daemon.ts';
import {engineVariable} from './engine-variable.ts';
import {accepts} from './accepts.ts';

const run = promisify(execFile);

/** A BuildKit of a test's own, which is asked for over TCP as one on another machine is. */
export interface OwnBuildkit {
  /** `tcp://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Makes a builder of this name for it, which `close` removes. */
  create(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The engine's own buildkitd once more. */
export async function startOwnBuildkit({
  toml = '',
  env = {},
  tls,
  maxParallelism,
}: {
  /** More of buildkitd.toml; the registry with the base images is in it already. */
  readonly toml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** So many steps at once; as many as there are without it. */
  readonly maxParallelism?: number;
  /** Paths of its certificate and key, and of the authority that its clients have to be signed by. */
  readonly tls?: {readonly cert: string; readonly key: string; readonly ca: string};
} = {}): Promise<OwnBuildkit> {
  const paths = enginePaths(REPOSITORY);
  const tools = toolsIn(paths);
  const folder = await mkdtemp(join(tmpdir(), 'bm-buildkit-'));
  const port = await freePort();
  const endpoint = `tcp://127.0.0.1:${port}`;
  const open = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
  const mutual =
    tls === undefined
      ? ''
      : `[grpc.tls]\n  cert = "${tls.cert}"\n  key = "${tls.key}"\n  ca = "${tls.ca}"\n`;
  await writeFile(
    join(folder, 'buildkitd.toml'),
    `root = "${join(folder, 'root')}"
[grpc]
  address = ["${endpoint}"]
${mutual}
[worker.containerd]
  enabled = false
[worker.oci]
  snapshotter = "overlayfs"
  binary = "${tools.runc}"
  networkMode = "host"
${maxParallelism === undefined ? '' : `  max-parallelism = ${maxParallelism}\n`}[registry."${open}"]
  http = true
${toml}`,
  );
  const daemon = await startDaemon(
    buildkitdIn(paths),
    ['--config', join(folder, 'buildkitd.toml')],
    {env: {...withTools(tools), ...env}, answers: () => accepts(port)},
  );
  const names: string[] = [];
  return {
    endpoint,
    async create(name) {
      names.push(name);
      await run('docker', ['buildx', 'create', '--name', name, '--driver', 'remote', endpoint]);
    },
    async close() {
      for (const name of names) await run('docker', ['buildx', 'rm', name]);
      await daemon.stop();
      await rm(folder, {recursive: true, force: true, maxRetries: 3});
    },
  };
}
