import {mkdir, readdir, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ARCHITECTURES, foreign, native} from './architecture.ts';
import type {Architecture} from './architecture.ts';
import {downloadPackages, machineCodename} from './apt.ts';
import type {AptRequest} from './apt.ts';
import {machineSources, sourceFor} from './apt-sources.ts';
import type {Reporter} from './console.ts';
import {cached} from './cache.ts';
import type {EnginePaths} from './paths.ts';
import {COMPOSE, PACKAGES, SSHD} from './pins.ts';
import type {DebianPackage} from './pins.ts';
import {attempt, run} from './shell.ts';

/** The programs of the private engine, unpacked from Debian packages and run in place. */
export interface Tools {
  /** Folders for PATH: the programs call one another (dockerd -> containerd -> runc). */
  readonly path: string;
  /** Where the libraries are that only some machines have. */
  readonly libraries: string;
  readonly docker: string;
  readonly dockerd: string;
  readonly dockerProxy: string;
  readonly dockerInit: string;
  readonly runc: string;
  readonly registry: string;
  readonly nft: string;
  readonly mmdebstrap: string;
  readonly pluginFolder: string;
  qemu(architecture: Architecture): string;
  busybox(architecture: Architecture): string;
}

export function toolsIn(paths: EnginePaths): Tools {
  const root = join(paths.cache, 'root');
  const bin = join(root, 'usr/bin');
  const sbin = join(root, 'usr/sbin');
  const triplet = native() === 'amd64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
  return {
    path: `${bin}:${sbin}`,
    libraries: [join(root, 'usr/lib', triplet), join(root, 'lib', triplet)].join(':'),
    docker: join(bin, 'docker'),
    dockerd: join(sbin, 'dockerd'),
    dockerProxy: join(sbin, 'docker-proxy'),
    dockerInit: join(bin, 'tini-static'),
    runc: join(sbin, 'runc'),
    registry: join(bin, 'docker-registry'),
    nft: join(sbin, 'nft'),
    mmdebstrap: join(bin, 'mmdebstrap'),
    pluginFolder: join(root, 'usr/libexec/docker/cli-plugins'),
    qemu: (architecture) =>
      join(bin, `qemu-${architecture === 'arm64' ? 'aarch64' : 'x86_64'}-static`),
    busybox: (architecture) => join(paths.cache, 'root', 'busybox', architecture, 'bin/busybox'),
  };
}

/**
 * Downloads and unpacks the pinned packages into the cache, once.
 * @throws EngineError on a machine without apt or without a Debian archive in reach
 */
export async function provisionTools(paths: EnginePaths, report: Reporter): Promise<Tools> {
  await cached(join(paths.cache, 'root'), report, (temporary) =>
    report.step('docker, buildx, containerd, runc, registry, qemu from Debian', async () => {
      const workspace = `${temporary}-apt`;
      try {
        const archives = await download(workspace, PACKAGES, report);
        await unpack(archives, temporary);
      } finally {
        await rm(workspace, {recursive: true, force: true});
      }
    }),
  );
  return toolsIn(paths);
}

/**
 * docker's compose plugin, likewise.
 * @returns the plugin's path
 */
export async function provisionCompose(paths: EnginePaths, report: Reporter): Promise<string> {
  const root = join(paths.cache, `compose-${COMPOSE.version.replace(/\W+$/, '')}`);
  await cached(root, report, (temporary) =>
    report.step('docker compose from Debian', async () => {
      const workspace = `${temporary}-apt`;
      try {
        const [archive = ''] = await download(workspace, [COMPOSE], report);
        await run('dpkg-deb', ['-x', archive, temporary]);
      } finally {
        await rm(workspace, {recursive: true, force: true});
      }
    }),
  );
  return join(root, 'usr/libexec/docker/cli-plugins/docker-compose');
}

/**
 * An SSH server, likewise.
 * @returns its path, and where its libraries are
 */
export async function provisionSshd(
  paths: EnginePaths,
  report: Reporter,
): Promise<{readonly sshd: string; readonly libraries: string}> {
  const target = join(dirname(paths.cache), `sshd-${(SSHD[0]?.version ?? '').replace(/\W/g, '-')}`);
  await cached(target, report, (temporary) =>
    report.step('an SSH server from Debian', async () => {
      const workspace = `${temporary}-apt`;
      try {
        const archives = await download(workspace, SSHD, report);
        for (const archive of archives) await run('dpkg-deb', ['-x', archive, temporary]);
      } finally {
        await rm(workspace, {recursive: true, force: true});
      }
    }),
  );
  const triplet = native() === 'amd64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
  return {
    sshd: join(target, 'usr/sbin/sshd'),
    libraries: [join(target, 'usr/lib', triplet), join(target, 'lib', triplet)].join(':'),
  };
}

/** For the programs of ours that run by themselves: nft, whose libraries few machines have. */
export function withLibraries(tools: Tools): NodeJS.ProcessEnv {
  return {...withTools(tools), LD_LIBRARY_PATH: tools.libraries};
}

/** For programs of ours that start other programs of ours, which are found on the PATH. */
export function withTools(tools: Tools, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {...env, PATH: `${tools.path}:${env['PATH'] ?? ''}`};
}

async function download(
  workspace: string,
  packages: readonly DebianPackage[],
  report: Reporter,
): Promise<readonly string[]> {
  const machine = await machineSources();
  const codename = await machineCodename();
  const suites = [...new Set(packages.map(({suite}) => suite))];
  const requests = packages.flatMap((one): AptRequest[] =>
    (one.bothArchitectures === true ? ARCHITECTURES : [native()]).map((architecture) => ({
      name: `${one.name}:${architecture}`,
      version: one.version,
      suite: one.suite,
    })),
  );
  const sources = suites.map((suite) => sourceFor(machine, codename, suite));
  return downloadPackages(workspace, sources, requests, report);
}

async function unpack(archives: readonly string[], root: string): Promise<void> {
  await mkdir(root, {recursive: true});
  for (const archive of archives) {
    // busybox comes in both architectures under one path.
    const busybox = /busybox-static_.*_(\w+)\.deb$/.exec(archive)?.[1];
    const target = busybox === undefined ? root : join(root, 'busybox', busybox);
    await mkdir(target, {recursive: true});
    await run('dpkg-deb', ['-x', archive, target]);
  }
  // qemu comes for forty machines, half a gigabyte; two are of use.
  const bin = join(root, 'usr/bin');
  const wanted = [native(), foreign()].map((one) => (one === 'arm64' ? 'aarch64' : 'x86_64'));
  for (const name of await readdir(bin)) {
    const emulated = /^qemu-(.+)-static$/.exec(name)?.[1];
    if (emulated !== undefined && !wanted.some((one) => one === emulated)) {
      await rm(join(bin, name));
    }
  }
  await rm(join(root, 'usr/share/doc'), {recursive: true, force: true});
  // Left behind by package builds that stop an unpacked tree from being removed by its owner.
  await attempt('chmod', ['-R', 'u+w', root]);
}
