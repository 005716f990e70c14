import {constants} from 'node:fs';
import {access, open, readFile, realpath} from 'node:fs/promises';
import {basename, delimiter, isAbsolute, join} from 'node:path';

import type {Processes, ProcessRequest} from '../ports/processes.ts';

/** Where a docker of this machine is looked for, and its settings. */
export interface DockerPlaces {
  /** The search path: `$PATH`. */
  readonly path: string;
  /** Folder of its configuration: `$DOCKER_CONFIG` or `~/.docker`. */
  readonly config: string;
}

/** As docker has them (docker/cli cli-plugins/manager/manager_unix.go). */
const systemFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

/**
 * Runs `docker buildx …` without docker in between: it would start buildx twice, first to ask it who it
 * is, which takes twice as long as buildx itself (docs/benchmarks.md). buildx is made to be run by itself
 * too (docker/buildx cmd/buildx/main.go, `runStandalone`), and reads the same configuration.
 */
export function withDirectBuildx(processes: Processes, places: DockerPlaces): Processes {
  let found: Promise<string | null> | undefined;
  const direct = async (request: ProcessRequest): Promise<ProcessRequest> => {
    const [plugin, ...args] = request.args;
    if (request.command !== 'docker' || plugin !== 'buildx') return request;
    found ??= findBuildx(places);
    const command = await found;
    return command === null ? request : {...request, command, args};
  };
  return {
    run: async (request) => processes.run(await direct(request)),
    killAll() {
      processes.killAll();
    },
  };
}

/**
 * The program that `docker buildx` would start (docker/cli cli-plugins/manager/manager.go); null where
 * that cannot be told for sure: a docker that is a script, or another program by that name, such as that
 * of a snap or of podman, may set what buildx needs, or look elsewhere.
 */
export async function findBuildx({path, config}: DockerPlaces): Promise<string | null> {
  if (process.platform === 'win32') return null;
  const docker = await firstExisting(
    path
      .split(delimiter)
      .filter(isAbsolute)
      .map((folder) => join(folder, 'docker')),
  );
  if (docker === undefined || !(await isProgram(docker, 'docker'))) return null;
  const extra = await extraFolders(join(config, 'config.json'));
  if (extra === null) return null;
  const folders = [...extra, join(config, 'cli-plugins'), ...systemFolders];
  const buildx = await firstExisting(folders.map((folder) => join(folder, 'docker-buildx')));
  return buildx !== undefined && (await isProgram(buildx)) ? buildx : null;
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}

/** Whether it can be run and is no script; with `name`, also whether it is one of that very name. */
async function isProgram(path: string, name?: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    if (name !== undefined && basename(await realpath(path)) !== name) return false;
    const file = await open(path);
    try {
      const {buffer, bytesRead} = await file.read({buffer: Buffer.alloc(2)});
      return bytesRead === 2 && buffer.toString('latin1') !== '#!';
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** `cliPluginsExtraDirs` of docker's settings; null where docker itself would complain. */
async function extraFolders(file: string): Promise<readonly string[] | null> {
  try {
    const settings: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof settings !== 'object' || settings === null) return null;
    const folders: unknown = 'cliPluginsExtraDirs' in settings ? settings.cliPluginsExtraDirs : [];
    const areNames = Array.isArray(folders) && folders.every((one) => typeof one === 'string');
    return areNames ? folders : null;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : null;
  }
}
