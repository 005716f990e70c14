import {createHash} from 'node:crypto';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import {openInputMemory, type InputMemory} from '../../../src/inputs/input-memory.ts';
import {judgedTargets} from '../../../src/inputs/judged-targets.ts';
import {openPlanInputs, type PlanInputs} from '../../../src/inputs/judge-plan.ts';
import {makePlan, type MadePlan, type PlanOptions} from '../../../src/plan/make-plan.ts';
import type {InputLabels} from '../../../src/plan/run-values.ts';
import type {GitFacts} from '../../../src/ports/git.ts';
import {createRecentBuilds} from '../../../src/records/recent-builds.ts';
import {createRecordStore} from '../../../src/records/record-store.ts';
import {createFakeContextFiles, type FakeContextFiles} from '../../fakes/fake-context-files.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {createFakeTagDigests, type FakeTagDigests} from '../../fakes/fake-tag-digests.ts';
import {usualOptions} from '../plan/plan-rig.ts';

/** A project as it stands on a disk and in registries. */
export interface Project {
  /** matrix.yml as an object, without `version`. */
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  readonly modes?: Readonly<Record<string, number>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly pipes?: readonly string[];
  readonly touched?: readonly string[];
  /** Tags that have moved, `repository:tag`. */
  readonly moved?: readonly string[];
  /** Tags that nobody can resolve. */
  readonly lost?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly git?: GitFacts | null;
  readonly options?: Partial<PlanOptions>;
}

export interface OpenProject {
  readonly made: MadePlan;
  readonly files: FakeFiles;
  readonly contextFiles: FakeContextFiles;
  readonly tags: FakeTagDigests;
  readonly images: FakeImages;
  readonly memory: InputMemory;
  readonly inputs: PlanInputs;
}

export const pushed = {kind: 'push'} as const;

/** Plans the project and opens its inputs. */
export async function openProject(
  project: Project,
  shared: {readonly files?: FakeFiles; readonly images?: FakeImages; readonly force?: boolean} = {},
): Promise<OpenProject> {
  const files = shared.files ?? createFakeFiles();
  for (const [path, text] of Object.entries(project.files)) files.put(path, text);
  const contextFiles = createFakeContextFiles(files);
  for (const [path, mode] of Object.entries(project.modes ?? {})) contextFiles.setMode(path, mode);
  for (const [path, to] of Object.entries(project.links ?? {})) contextFiles.putLink(path, to);
  for (const path of project.folders ?? []) contextFiles.putFolder(path);
  for (const path of project.pipes ?? []) contextFiles.putPipe(path);
  for (const path of project.touched ?? []) contextFiles.touch(path);
  const tags = createFakeTagDigests();
  for (const name of project.moved ?? []) tags.move(name);
  for (const name of project.lost ?? []) {
    tags.fail(name, {kind: 'not-found', message: `${name} is not there`});
  }
  const text = JSON.stringify({version: 1, ...project.matrix});
  const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(text));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const planned = await makePlan({
    matrix: loaded.value.matrix,
    locate: (path) => loaded.value.source.locate(path),
    files,
    git: project.git ?? null,
    options: {...usualOptions, output: pushed, ...project.options},
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.error));
  const made = planned.value;
  const images = shared.images ?? createFakeImages();
  const memory = openInputMemory(files);
  const inputs = openPlanInputs({
    targets: judgedTargets(made, {
      images: {push: images, oci: images},
      recent: createRecentBuilds(createRecordStore(files)),
    }),
    force: shared.force ?? false,
    ports: {files, contextFiles, tags, memory, variables: project.variables ?? {}},
  });
  return {made, files, contextFiles, tags, images, memory, inputs};
}

/** Labels of a target that builds on nothing. */
export async function labelsOf(project: Project, target = 'face/cpu'): Promise<InputLabels> {
  const {inputs} = await openProject(project);
  return inputs.labels(target, () => undefined);
}

const sha256 = (json: unknown): string =>
  `sha256:${createHash('sha256').update(JSON.stringify(json)).digest('hex')}`;

/** Puts an image as buildx pushes it, by digest and under these tags; gives its digest. */
export function putImage(
  images: FakeImages,
  repository: string,
  {
    platforms,
    labels,
    tags = [],
  }: {
    readonly platforms: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    readonly tags?: readonly string[];
  },
): string {
  const put = (json: unknown, names: readonly string[] = []): string => {
    const digest = sha256(json);
    for (const name of [`@${digest}`, ...names.map((tag) => `:${tag}`)]) {
      images.put(`${repository}${name}`, {digest, mediaType: '', json});
    }
    return digest;
  };
  const manifests = platforms.map((platform) => {
    const [os = '', architecture = ''] = platform.split('/');
    const config = put({os, architecture, config: {Labels: labels}});
    const descriptor = {mediaType: 'c', size: 1};
    const digest = put({config: {...descriptor, digest: config}, layers: []});
    return {...descriptor, digest, platform: {os, architecture}};
  });
  return put({manifests}, tags);
}
