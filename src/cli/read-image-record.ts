import {createGit} from '../adapters/git-cli.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {createShortProcesses} from '../adapters/short-processes.ts';
import {systemClock} from '../adapters/system-clock.ts';
import {isFar} from '../docker/local-host.ts';
import type {Failure} from '../events/failure.ts';
import {openLayerSizes} from '../layers/layer-sizes.ts';
import {createUnpacker} from '../layers/unpack-layers.ts';
import {ok, type Result} from '../model/result.ts';
import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {isoTime} from '../records/run-id.ts';
import {layerSizesFile} from '../records/state-folder.ts';
import {isBaseChosenByArg} from '../sizes/earlier-stages.ts';
import {recordOfRegistry, type RegistryRecord} from '../sizes/record-of-registry.ts';
import type {FoundDockerfile} from '../sizes/stored-image.ts';
import {readRemedies} from './read-remedies.ts';
import {recordToCome} from './record-to-come.ts';

/** Images of a registry as a run might have recorded them. */
export interface ImageRecord extends Pick<RegistryRecord, 'record' | 'explain'> {
  /** Images that could not be read. */
  readonly failures: readonly Failure[];
}

/** What `--image` means for the targets of a plan, read from the registry. */
export async function readImageRecord(request: {
  readonly reference: string;
  readonly plan: BuildPlan;
  readonly images: Images;
  /** Whether layers in registries of other machines are read. */
  readonly readsFar: boolean;
  readonly signal: AbortSignal;
}): Promise<Result<ImageRecord, Failure>> {
  const {reference, plan, images, readsFar, signal} = request;
  const git = createGit(createShortProcesses());
  const unpack = createUnpacker(openLayerSizes(nodeFiles, layerSizesFile), readsFar);
  // No run has this id: it says what was read in place of a record.
  const toCome: BuildRecord = {
    ...recordToCome(plan, reference),
    startedAt: isoTime(systemClock.now()),
  };
  const read = await recordOfRegistry({
    ...{reference, toCome, images, signal},
    unpack: (image, repository) =>
      unpack(image, () => ok({images, repository, isFar: isFar(repository)}), signal),
    builtHere: async ({id}) => {
      const planned = plan.targets.find((target) => target.id === id);
      const path = planned === undefined || planned.stages.length === 0 ? null : planned.dockerfile;
      return {
        stage: planned?.stage ?? null,
        dockerfile: planned === undefined || path === null ? null : await dockerfileOf(planned),
        dockerfileAt: (commit) =>
          path === null ? Promise.resolve(null) : git.fileAt('.', commit, path),
      };
    },
  });
  if (!read.ok) return read;
  return ok({
    ...read.value,
    failures: read.value.unread.map(({target, failure}) => unreadable(target, failure)),
  });
}

/** An image that is not the one of the target was named by mistake; else it is the registry that fails. */
function unreadable(target: string, {kind, message}: ImageReadFailure): Failure {
  const said = `${target}: ${message}`;
  if (kind === 'invalid' || kind === 'not-found') {
    const remedy = 'name an image of the target, or only targets that have one';
    return {reason: 'invalid-usage', message: `--image: ${said}`, remedy};
  }
  const diagnostic = {severity: 'error', code: 'image-unreadable', message: said} as const;
  return {
    reason: 'registry-unusable',
    diagnostics: [{...diagnostic, suggestion: readRemedies[kind]}],
  };
}

async function dockerfileOf({dockerfile, stages}: PlannedTarget): Promise<FoundDockerfile | null> {
  const text = await nodeFiles.readText(dockerfile).catch(() => undefined);
  if (text === undefined) return null;
  const caution =
    'The name of the base image is what matrix.yml gives it now: the image does not tell it';
  return {
    name: `${dockerfile} as it is here`,
    build: {dockerfile: text, options: {}, hasAllOptions: false, isProven: false, stages},
    ...(isBaseChosenByArg(text) ? {caution} : {}),
  };
}
