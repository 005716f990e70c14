import type {LimitFunction} from 'p-limit';

import type {BuildxOutput} from '../docker/buildx-arguments.ts';
import {parseBuildMetadata, type BuildMetadata} from '../docker/build-metadata.ts';
import type {ProgressSummary} from '../docker/raw-progress.ts';
import {readImage, type PlatformImage} from '../docker/read-image.ts';
import {untrustedRemedy} from '../docker/registry-remedies.ts';
import {stagesOn} from '../docker/stage-layers.ts';
import {isFar} from '../docker/local-host.ts';
import {stageSizes, unpackedBytesOf} from '../docker/stage-sizes.ts';
import type {FileUnusable, MeasureFailed} from '../events/failure.ts';
import type {LayerPlace, UnpackLayers} from '../layers/unpack-layers.ts';
import {ok} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {ImageReadFailure} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {attemptFile} from '../records/file-attempt.ts';
import {besideStages} from './beside-stages.ts';
import {exportStages, type ExportedStages} from './export-stages.ts';
import type {ImageSources, RunPorts} from './run-ports.ts';

/** What is known of an image's size. */
export interface ImageSizes {
  readonly platforms: readonly PlatformRecord[];
  /** Present when the image is where it should be, but is not measured. */
  readonly sizesUnknownBecause?: string;
}

/** What was made, as far as it is known. */
export interface ReadBackImage {
  readonly digest: string | null;
  readonly failure: MeasureFailed | FileUnusable | null;
  /** Comes later: nobody who needs the image has to wait for its sizes. */
  readonly sizes: Promise<ImageSizes>;
}

export interface Measuring {
  readonly target: PlannedTarget;
  /** Text of the Dockerfile that was built; undefined when it is not known here. */
  readonly dockerfile: string | undefined;
  /** What the build said. */
  readonly progress: ProgressSummary;
  readonly ports: RunPorts;
  readonly unpack: UnpackLayers;
  readonly limitExports: LimitFunction;
  readonly signal: AbortSignal;
}

/**
 * Reads what buildx wrote about a build that succeeded, and the image itself from where it went. One in
 * a registry or a layout that cannot be read back is a failure: nobody else could read it either. One
 * that was loaded is in docker all the same, which has no way to show a manifest unless it keeps build
 * records and has the containerd image store.
 *
 * Then it is measured: digests, layers and compressed sizes of each platform, and sizes of the stages as
 * far as the image's own history tells them; stages beside the shipped ones are exported.
 */
export async function readBack(request: Measuring): Promise<ReadBackImage> {
  const {target, ports, signal} = request;
  const {metadataFile, output} = target;
  const unread = (
    failure: ReadBackImage['failure'],
    digest: string | null = null,
    sizes: ImageSizes = {platforms: []},
  ): ReadBackImage => ({digest, failure, sizes: Promise.resolve(sizes)});
  const failed = (message: string, remedy: string, digest?: string): ReadBackImage =>
    unread({reason: 'measure-failed', target: target.id, message, remedy}, digest);

  const text = await attemptFile(metadataFile, () => ports.files.readText(metadataFile));
  if (!text.ok) return unread(text.error);
  if (text.value === undefined) {
    return failed(`buildx succeeded but wrote no ${metadataFile}`, reportRemedy);
  }
  const metadata = parseBuildMetadata(text.value);
  if (!metadata.ok) return failed(`${metadataFile}: ${metadata.error}`, reportRemedy);
  const {digest} = metadata.value;
  if (digest === null) return failed(`${metadataFile} names no image digest`, reportRemedy);

  const repository = placeOf(target, metadata.value);
  const exporting = exportStages({...request, metadata: metadata.value});
  const image = await readImage({
    images: ports.images[sourceOf(output)],
    repository,
    reference: digest,
    platforms: target.platforms,
    signal,
  });
  if (image.ok) {
    const sizes = measure(request, image.value.platforms, repository, exporting);
    return {digest, failure: null, sizes};
  }
  await exporting;
  const {message, kind} = image.error;
  // buildx has ended well, so that docker has the image: old ones just cannot show its manifest.
  if (sourceOf(output) === 'load' && !signal.aborted) {
    const sizesUnknownBecause = `the loaded image could not be read back: ${message}`;
    return unread(null, digest, {platforms: [], sizesUnknownBecause});
  }
  return failed(
    `${repository}@${digest} could not be read back: ${message}`,
    remedies[kind],
    digest,
  );
}

/**
 * Measures an image that was not built in this run: of stages beside the shipped ones nothing is known.
 * Empty when it cannot be read.
 */
export async function measureEarlier(
  request: Omit<Measuring, 'progress' | 'limitExports'>,
  digest: string,
): Promise<readonly PlatformRecord[]> {
  const {target, ports, signal} = request;
  const repository = placeOf(target, {buildRef: null});
  const images = ports.images[sourceOf(target.output)];
  const image = await readImage({
    ...{images, repository, reference: digest, platforms: target.platforms, signal},
  });
  if (!image.ok) return [];
  const place = layerPlace(target, repository, ports);
  return Promise.all(
    image.value.platforms.map((one) => platformRecord(request, one, place, new Map())),
  );
}

async function measure(
  request: Measuring,
  images: readonly PlatformImage[],
  repository: string,
  exporting: Promise<ExportedStages>,
): Promise<ImageSizes> {
  const place = layerPlace(request.target, repository, request.ports);
  const exported = await exporting;
  const platforms = images.map((image) => platformRecord(request, image, place, exported));
  return {platforms: await Promise.all(platforms)};
}

async function platformRecord(
  request: Omit<Measuring, 'progress' | 'limitExports'>,
  image: PlatformImage,
  place: LayerPlace,
  exported: ExportedStages,
): Promise<PlatformRecord> {
  const {target, dockerfile, unpack, signal} = request;
  const {platform, digest, config, history, compressedBytes} = image;
  const stages = stagesOn(target.stages, platform);
  const [{layers, unknownBecause}, beside] = await Promise.all([
    unpack(image, () => place, signal),
    besideStages({...request, stages, platform, exported}),
  ]);
  const sizes = stageSizes({dockerfile, stages, image: {history, layers}, beside});
  return {
    ...{platform, digest, config, layers, compressedBytes},
    unpackedBytes: unpackedBytesOf(layers),
    unpackedUnknownBecause: unknownBecause,
    stages: sizes.stages,
    stagesUnknownBecause: sizes.unknownBecause,
  };
}

/** Where the layers of the target's image are read. */
function layerPlace(target: PlannedTarget, repository: string, {images}: RunPorts): LayerPlace {
  const kind = sourceOf(target.output);
  return ok({images: images[kind], repository, isFar: kind === 'push' && isFar(repository)});
}

const reportRemedy = 'Build again; if it stays, please report it with the version of buildx.';

const remedies: Readonly<Record<ImageReadFailure['kind'], string>> = {
  'not-found': 'Check that nothing else removes or overwrites the image, and build again.',
  unauthorized: 'Log in with an account that may also read: docker login HOST.',
  unreachable: 'Check the network and the registry, and build again: the cache makes it quick.',
  'plain-http':
    'Name the registry in matrix.yml with its scheme, `registries: {NAME: {type: oci, url: "http://HOST"}}`, and build again.',
  untrusted: untrustedRemedy,
  invalid: reportRemedy,
};

/** Which of the `ImageSources` has the image: until it is pushed, docker's own store. */
function sourceOf(output: BuildxOutput): keyof ImageSources {
  return output.kind === 'push' && output.through === 'store' ? 'load' : output.kind;
}

/** Where the image is read from, in the words of `ImageSources`. */
function placeOf({output}: PlannedTarget, {buildRef}: Pick<BuildMetadata, 'buildRef'>): string {
  if (output.kind === 'oci') return output.folder;
  if (sourceOf(output) === 'load') return buildRef ?? '';
  return output.kind === 'push' ? (output.repositories[0] ?? '') : '';
}
