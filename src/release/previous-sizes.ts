import type {Images} from '../ports/images.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {compare} from '../sizes/compare.ts';
import {imageOfRegistry} from '../sizes/image-of-registry.ts';
import {reportOf} from '../sizes/report-of-record.ts';
import type {ImageSizes, SizeReport} from '../sizes/size-report.ts';
import type {PromotedTarget} from './promoted-targets.ts';
import {targetOf, type ReleaseImage} from './release-images.ts';
import {versionInTag} from './version-tags.ts';

export interface SizesRequest {
  /** The runs that built the targets. */
  readonly records: readonly BuildRecord[];
  readonly targets: readonly PromotedTarget[];
  readonly images: readonly ReleaseImage[];
  /** The release to compare with; null for a first one. */
  readonly previous: string | null;
  readonly registry: Images;
}

/**
 * Sizes of what is released, compared with the images that have the previous version in the registry. An
 * image that had no such version is compared with nothing.
 */
export async function previousSizes(request: SizesRequest): Promise<SizeReport> {
  const {records, targets, previous} = request;
  const [first] = records;
  if (first === undefined) throw new Error('a release has the record of a build');
  const report = reportOf({...first, targets: targets.flatMap((target) => target.records)});
  if (previous === null) return report;
  const earlier: ImageSizes[] = [];
  for (const like of report.images) {
    const image = await earlierImage(like, previous, request);
    if (image !== undefined) earlier.push(image);
  }
  const {schema, at} = report;
  const before = {schema, at, version: previous, commit: null, against: null, images: earlier};
  return compare(report, before, previous);
}

async function earlierImage(
  like: ImageSizes,
  previous: string,
  {images, registry}: SizesRequest,
): Promise<ImageSizes | undefined> {
  const image = images.find(({of}) => of === targetOf(like.target));
  for (const {prefix, suffix} of image?.templates ?? []) {
    const reference = `${prefix}${versionInTag(previous)}${suffix}`;
    const repository = image?.repository ?? '';
    const found = await imageOfRegistry({images: registry, repository, reference, like});
    if (found.ok) return found.value;
  }
  return undefined;
}
