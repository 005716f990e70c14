import {readImage} from '../docker/read-image.ts';
import {err, ok, type Result} from '../model/result.ts';
import {readRevision, revisionLabel, versionLabel} from '../plan/image-labels.ts';
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
  /** The version that its label says; null when it says none. */
  readonly version: string | null;
}

/** Reads an image back from its registry, and holds it against the record: platforms and digests. */
export async function verifyTested(
  tested: TestedImage,
  images: Images,
): Promise<Result<PromotedTarget, ReleaseProblem>> {
  const platforms: PromotedPlatform[] = [];
  for (const [index, source] of tested.sources.entries()) {
    const [repository = '', reference = ''] = source.split('@');
    const recorded = tested.records[index]?.platforms ?? [];
    const names = recorded.map(({platform}) => platform);
    const read = await readImage({images, repository, reference, platforms: names});
    if (!read.ok) return err(unusable(tested, source, read.error));
    for (const [position, image] of read.value.platforms.entries()) {
      const expected = recorded[position]?.digest;
      if (expected !== image.digest) {
        return err({
          message: `${tested.target}: ${source} has ${image.digest} for ${image.platform}, and run ${tested.runId} built ${expected ?? 'nothing'}`,
          remedy: 'build and test this commit again, then release it',
        });
      }
      const revision = image.labels[revisionLabel] ?? '';
      if (readRevision(revision).dirty) {
        return err({
          message: `${tested.target}: its image was built from files that differ from the commit (its revision is ${revision})`,
          remedy: 'build the commit as it is, and test that: `build-matrix build --push --force`',
        });
      }
      const attestations = await findAttestations(images, repository, image);
      if (!attestations.ok) return err(unusable(tested, source, attestations.error));
      const {platform, digest, labels} = image;
      const version = labels[versionLabel] ?? null;
      platforms.push({platform, digest, attestations: attestations.value, version});
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

/**
 * What the images say of their version, where that is another than the one released; null otherwise.
 *
 * @param isTagged whether a target's exact tags are there already, which are made once: what they hold stays
 */
export function versionWarning(
  targets: readonly PromotedTarget[],
  version: string,
  isTagged: (target: string) => boolean,
): string | null {
  const saidBy = ({platforms}: PromotedTarget): readonly string[] =>
    platforms.flatMap((platform) => platform.version ?? []).filter((one) => one !== version);
  const others = targets.filter((target) => saidBy(target).length > 0);
  if (others.length === 0) return null;
  const said = [...new Set(others.flatMap(saidBy))].join(', ');
  const warning = `the images say version ${said} inside (label ${versionLabel}), not ${version}: they are released byte for byte`;
  return others.every(({target}) => isTagged(target))
    ? `${warning}, and their tags are there already`
    : `${warning}; to have it inside, build them before with \`build-matrix build --push --image-version ${version}\``;
}
