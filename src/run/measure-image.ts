import {parseBuildMetadata, type BuildMetadata} from '../docker/build-metadata.ts';
import {readImage} from '../docker/read-image.ts';
import {stageSizes} from '../docker/stage-sizes.ts';
import type {FileUnusable, MeasureFailed} from '../events/failure.ts';
import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {ImageReadFailure} from '../ports/images.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {attemptFile} from '../records/file-attempt.ts';
import type {RunPorts} from './run-ports.ts';

/** What was made, as far as it is known. */
export interface MeasuredImage {
  readonly digest: string | null;
  readonly platforms: readonly PlatformRecord[];
  /** Present when the image is where it should be, but cannot be read back there. */
  readonly sizesUnknownBecause?: string;
  readonly failure: MeasureFailed | FileUnusable | null;
}

/**
 * Reads what buildx wrote about a build that succeeded, and the image itself from where it went:
 * digests, layers and compressed sizes of each platform, and sizes of the stages as far as the
 * image's own history tells them. An image in a registry or a layout that cannot be read back is a
 * failure: nobody else could read it either. One that was loaded is in docker all the same, which has
 * no way to show a manifest unless it keeps build records and has the containerd image store.
 */
export async function measureImage(request: {
  readonly target: PlannedTarget;
  /** Text of the Dockerfile that was built; undefined when it is not known here. */
  readonly dockerfile: string | undefined;
  readonly ports: RunPorts;
  readonly signal: AbortSignal;
}): Promise<MeasuredImage> {
  const {target, dockerfile, ports, signal} = request;
  const {metadataFile, output} = target;
  const failed = (
    message: string,
    remedy: string,
    digest: string | null = null,
  ): MeasuredImage => ({
    digest,
    platforms: [],
    failure: {reason: 'measure-failed', target: target.id, message, remedy},
  });

  const text = await attemptFile(metadataFile, () => ports.files.readText(metadataFile));
  if (!text.ok) return {digest: null, platforms: [], failure: text.error};
  if (text.value === undefined) {
    return failed(`buildx succeeded but wrote no ${metadataFile}`, reportRemedy);
  }
  const metadata = parseBuildMetadata(text.value);
  if (!metadata.ok) return failed(`${metadataFile}: ${metadata.error}`, reportRemedy);
  const {digest} = metadata.value;
  if (digest === null) return failed(`${metadataFile} names no image digest`, reportRemedy);

  const repository = placeOf(target, metadata.value);
  const image = await readImage({
    images: ports.images[output.kind],
    repository,
    reference: digest,
    platforms: target.platforms,
    signal,
  });
  if (!image.ok) {
    const {message, kind} = image.error;
    // buildx has ended well, so that docker has the image: old ones just cannot show its manifest.
    if (output.kind === 'load' && !signal.aborted) {
      const sizesUnknownBecause = `the loaded image could not be read back: ${message}`;
      return {digest, platforms: [], sizesUnknownBecause, failure: null};
    }
    return failed(
      `${repository}@${digest} could not be read back: ${message}`,
      remedies[kind],
      digest,
    );
  }
  const platforms = image.value.platforms.map((read): PlatformRecord => {
    const sizes = stageSizes({
      dockerfile,
      stages: target.stages,
      history: read.history,
      layers: read.layers,
    });
    return {
      platform: read.platform,
      digest: read.digest,
      config: read.config,
      layers: read.layers,
      compressedBytes: read.compressedBytes,
      stages: sizes.stages,
      stagesUnknownBecause: sizes.unknownBecause,
    };
  });
  return {digest, platforms, failure: null};
}

const reportRemedy = 'Build again; if it stays, please report it with the version of buildx.';

const remedies: Readonly<Record<ImageReadFailure['kind'], string>> = {
  'not-found': 'Check that nothing else removes or overwrites the image, and build again.',
  unauthorized: 'Log in with an account that may also read: docker login HOST.',
  unreachable: 'Check the network and the registry, and build again: the cache makes it quick.',
  'plain-http':
    'Name the registry in matrix.yml with its scheme, `registries: {NAME: {type: oci, url: "http://HOST"}}`, and build again.',
  invalid: reportRemedy,
};

/** Where the image is read from, in the words of `ImageSources`. */
function placeOf(target: PlannedTarget, {buildRef}: BuildMetadata): string {
  const {output} = target;
  if (output.kind === 'oci') return output.folder;
  if (output.kind === 'load') return buildRef ?? '';
  const reference = parseImageRef(target.tags[0] ?? target.image);
  return reference.ok ? repositoryOf(reference.value) : target.image;
}
