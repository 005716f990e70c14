import {readImage} from '../docker/read-image.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import {findAttestations, type Attestation} from './attestations.ts';
import type {ReleaseProblem} from './checkout-guards.ts';
import type {TestedImage} from './tested-images.ts';

/** A target whose image was tested, and is in the registry as the record says. */
export interface PromotedTarget extends TestedImage {
  readonly platforms: readonly PromotedPlatform[];
}

export interface PromotedPlatform {
  readonly platform: string;
  /** Digest of the platform's manifest. */
  readonly digest: string;
  readonly attestations: readonly Attestation[];
}

/** Reads an image back from its registry, and holds it against the record: platforms and digests. */
export async function verifyTested(
  tested: TestedImage,
  images: Images,
): Promise<Result<PromotedTarget, ReleaseProblem>> {
  const platforms: PromotedPlatform[] = [];
  for (const [index, source] of tested.sources.entries()) {
    const [repository = '', digest = ''] = source.split('@');
    const recorded = tested.records[index]?.platforms ?? [];
    const names = recorded.map(({platform}) => platform);
    const read = await readImage({images, repository, reference: digest, platforms: names});
    if (!read.ok) return err(unusable(tested, source, read.error));
    for (const [position, image] of read.value.platforms.entries()) {
      const expected = recorded[position]?.digest;
      if (expected !== image.digest) {
        return err({
          message: `${tested.target}: ${source} has ${image.digest} for ${image.platform}, and run ${tested.runId} built ${expected ?? 'nothing'}`,
          remedy: 'build and test this commit again, then release it',
        });
      }
      const attestations = await findAttestations(images, repository, image);
      if (!attestations.ok) return err(unusable(tested, source, attestations.error));
      const {platform} = image;
      platforms.push({platform, digest: image.digest, attestations: attestations.value});
    }
  }
  return ok({...tested, platforms});
}

function unusable(
  {target, runId}: TestedImage,
  source: string,
  {kind, message}: ImageReadFailure,
): ReleaseProblem {
  if (kind !== 'not-found') {
    return {
      message: `${target}: ${message}`,
      remedy: 'see that the registry can be reached, and that you are logged in',
    };
  }
  return {
    message: `${target}: the registry has no ${source}, which run ${runId} pushed (${message})`,
    remedy: 'build and push this commit again: `build-matrix build --push`',
  };
}
