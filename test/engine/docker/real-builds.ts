import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createRegistryImages} from '../../../src/adapters/http-images.ts';
import {createBuildRecordImages} from '../../../src/adapters/build-record-images.ts';
import {createProcesses} from '../../../src/adapters/execa-processes.ts';
import {nodeFiles} from '../../../src/adapters/node-files.ts';
import {createLayoutImages} from '../../../src/adapters/oci-layout-images.ts';
import {parseBuildMetadata, type BuildMetadata} from '../../../src/docker/build-metadata.ts';
import {createProgressReader, type ProgressSummary} from '../../../src/docker/raw-progress.ts';
import type {BuildEvent} from '../../../src/events/event.ts';
import type {ProcessExit} from '../../../src/ports/processes.ts';
import {engineVariable} from '../../rig/engine-variable.ts';

export const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
export const processes = createProcesses();

const access = {
  processes,
  files: nodeFiles,
  dockerConfig: engineVariable('DOCKER_CONFIG'),
  insecureHosts: [],
};
export const images = {
  push: createRegistryImages(access),
  oci: createLayoutImages(nodeFiles),
  load: createBuildRecordImages(processes),
};

/** A new folder with these files. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-engine-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

export interface RealBuild {
  readonly exit: ProcessExit;
  readonly events: readonly BuildEvent[];
  readonly progress: ProgressSummary;
  /** null when the build failed. */
  readonly metadata: BuildMetadata | null;
}

/** Those of every Dockerfile here that has only one. */
const namesOfStages = [{name: 'base'}];

/** Builds the folder with `docker buildx build`, on the stand-in of busybox. */
export async function build(
  folder: string,
  platforms: readonly string[],
  ...args: readonly string[]
): Promise<RealBuild> {
  const reader = createProgressReader({
    target: 'test/engine',
    platforms,
    stages: namesOfStages,
    dockerfile: 'Dockerfile',
    now: () => Date.now(),
  });
  const events: BuildEvent[] = [];
  const metadataFile = join(folder, 'metadata.json');
  const mirror = `busybox:1.36=docker-image://${registry}/docker.io/library/busybox:1.36`;
  const ended = await processes.run({
    command: 'docker',
    args: [
      ...['buildx', 'build', '--progress=rawjson', '--metadata-file', metadataFile],
      ...['--platform', platforms.join(','), '--build-context', mirror, ...args, '.'],
    ],
    cwd: folder,
    env: {BUILDX_METADATA_PROVENANCE: 'max'},
    collect: false,
    onStderrLine: (line) => events.push(...reader.line(line)),
  });
  if (!ended.ok) throw new Error(`docker was ${ended.error.kind}`);
  const {events: last, ...progress} = reader.finish();
  events.push(...last);
  if (ended.value.exitCode !== 0) return {exit: ended.value, events, progress, metadata: null};
  const metadata = parseBuildMetadata(await readFile(metadataFile, 'utf8'));
  if (!metadata.ok) throw new Error(metadata.error);
  return {exit: ended.value, events, progress, metadata: metadata.value};
}
