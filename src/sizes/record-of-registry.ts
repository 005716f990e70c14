import {unpackedBytesOf} from '../docker/stage-sizes.ts';
import type {InvalidUsage} from '../events/failure.ts';
import {checkTag, familiarRef, repositoryOf, type ImageRef} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {ImageReadFailure} from '../ports/images.ts';
import type {BuildRecord, PlatformRecord, TargetRecord} from '../records/build-record.ts';
import {referencesFor} from './earlier-sizes-references.ts';
import type {ImageSizes, SizeReport} from './size-report.ts';
import {
  readPlatform,
  storedImage,
  type EarlierSources,
  type FoundDockerfile,
  type StoredImage,
} from './stored-image.ts';

/** What a target is made of here and now, which an image that was built elsewhere may be made of too. */
export interface BuiltHere {
  /** Text of its Dockerfile at a commit; null when the repository of now does not hold it. */
  readonly dockerfileAt: (commit: string) => Promise<string | null>;
  /** The stage that it ships; null for the last. */
  readonly stage: string | null;
  /** Its Dockerfile as it is now; null when it cannot be read. */
  readonly dockerfile: FoundDockerfile | null;
}

export interface RegistryRecordRequest extends Omit<EarlierSources, 'dockerfileAt'> {
  /** What the user wrote: a full reference, a digest, or a tag that is looked up for each target. */
  readonly reference: string;
  /** The record of a run that has not begun: targets with their tags, and an entry for each platform. */
  readonly toCome: BuildRecord;
  readonly builtHere: (target: TargetRecord) => Promise<BuiltHere>;
  readonly signal?: AbortSignal;
}

/** An image of a target that could not be read. */
export interface Unread {
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  readonly failure: ImageReadFailure;
}

export interface RegistryRecord {
  /** As the run that made the images might have written it, as far as the registry tells. */
  readonly record: BuildRecord;
  readonly unread: readonly Unread[];
  /** The report of the record with what told its stages, and what is strange. */
  readonly explain: (report: SizeReport) => SizeReport;
}

/**
 * The record of images that are in a registry, whoever built them: sizes from their manifests; stages by
 * the Dockerfile in their provenance, that of their commit, or the one here, where their history proves
 * it. Which image is meant for which target is decided as for `--against`; a reference or digest has to
 * mean one image only.
 */
export async function recordOfRegistry(
  request: RegistryRecordRequest,
): Promise<Result<RegistryRecord, InvalidUsage>> {
  const {reference, toCome} = request;
  const meant = meantTargets(request);
  if (!meant.ok) return meant;
  const explained = new Map<string, Pick<ImageSizes, 'toldBy' | 'unknown'>>();
  const unread: Unread[] = [];
  const targets: TargetRecord[] = [];
  for (const {target, references} of meant.value) {
    const id = targetIdOf(target);
    const here = await request.builtHere(target);
    const read = await Promise.all(
      target.platforms.map(({platform}) => readFirst(request, references, platform, here)),
    );
    const found = read.flatMap((one) => (one.ok ? [one.value] : []));
    for (const [index, {platform}] of target.platforms.entries()) {
      const one = read[index];
      if (one?.ok === false) unread.push({target: id, platform, failure: one.error});
      if (one?.ok === true) explained.set(`${id} ${platform}`, explanationOf(one.value.stored));
    }
    const [first] = found;
    if (first === undefined) continue;
    targets.push({
      ...target,
      ...{outcome: 'succeeded', output: pushed, tags: [familiarRef(first.reference)]},
      platforms: found.map(({stored}) => recordIn(stored)),
    });
  }
  if (targets.length === 0 && unread.every(({failure}) => failure.kind === 'not-found')) {
    const reasons = [...new Set(unread.map(({failure}) => failure.message))];
    return refused(reference, reasons.join('; '), remedy);
  }
  return ok({
    record: {
      ...toCome,
      ...{git: null, version: reference, outcome: 'succeeded', targets},
      finishedAt: toCome.startedAt,
    },
    unread,
    explain: (report) => ({
      ...report,
      images: report.images.map((image) => {
        const {toldBy, unknown} = explained.get(`${image.target} ${image.platform}`) ?? {
          unknown: [],
        };
        return {
          ...image,
          unknown: [...unknown, ...image.unknown],
          ...(toldBy === undefined ? {} : {toldBy}),
        };
      }),
    }),
  });
}

const pushed = {kind: 'push', through: 'digest', repositories: []} as const;
const remedy = 'give an image reference, a digest, or a tag of the targets in matrix.yml';

interface MeantTarget {
  readonly target: TargetRecord;
  readonly references: readonly ImageRef[];
}

/** The targets whose images the reference means. */
function meantTargets({
  reference,
  toCome,
}: RegistryRecordRequest): Result<readonly MeantTarget[], InvalidUsage> {
  const meant: MeantTarget[] = [];
  const reasons: string[] = [];
  for (const target of toCome.targets) {
    const references = referencesFor(reference, target, toCome);
    if (references.ok) meant.push({target, references: references.value});
    else reasons.push(references.error);
  }
  if (meant.length === 0) return refused(reference, [...new Set(reasons)].join('; '), remedy);
  // A tag is looked up for each target; whatever else means one image.
  if (checkTag(reference) === undefined && !reference.startsWith('sha256:')) return ok(meant);
  const tagged = meant.filter(({target, references}) =>
    references.some((one) => one.digest === null && target.tags.includes(familiarRef(one))),
  );
  const chosen = tagged.length > 0 ? tagged : meant;
  const platforms = chosen.flatMap(({target}) => target.platforms.map(({platform}) => platform));
  const twice = platforms.find((platform, index) => platforms.indexOf(platform) !== index);
  if (twice === undefined) return ok(chosen);
  const ids = [...new Set(chosen.map(({target}) => targetIdOf(target)))];
  return refused(
    reference,
    `its image for ${twice} may be of ${ids.join(', ')}`,
    'name the target that it is of',
  );
}

function refused(reference: string, reason: string, remedy: string): Result<never, InvalidUsage> {
  return err({reason: 'invalid-usage', message: `--image ${reference}: ${reason}`, remedy});
}

interface ReadPlatform {
  readonly stored: StoredImage;
  readonly reference: ImageRef;
}

/** The first of the references that is there. */
async function readFirst(
  {images, unpack, signal}: RegistryRecordRequest,
  references: readonly ImageRef[],
  platform: string,
  {dockerfileAt, stage, dockerfile}: BuiltHere,
): Promise<Result<ReadPlatform, ImageReadFailure>> {
  const tried: string[] = [];
  for (const reference of references) {
    const place = {
      ...{repository: repositoryOf(reference), platform},
      reference: reference.digest ?? reference.tag ?? 'latest',
      ...(signal === undefined ? {} : {signal}),
    };
    const image = await readPlatform(images, place);
    if (image.ok) {
      const sources = {images, dockerfileAt, ...(unpack === undefined ? {} : {unpack})};
      const others = dockerfile === null ? [] : [dockerfile];
      const stored = await storedImage(image.value, {...sources, ...place}, stage, others);
      return ok({stored, reference});
    }
    tried.push(familiarRef(reference));
    if (image.error.kind === 'not-found') continue;
    const message = `${familiarRef(reference)} (${platform}) cannot be read: ${image.error.message}`;
    return err({...image.error, message});
  }
  const message = `${tried.join(', ')} is not in the registry`;
  return err({kind: 'not-found', message});
}

function recordIn({image, told, unpackedUnknownBecause}: StoredImage): PlatformRecord {
  if (told !== null) return told.record;
  const {platform, digest, config, layers, compressedBytes} = image;
  return {
    ...{platform, digest, config, layers, compressedBytes, unpackedUnknownBecause},
    unpackedBytes: unpackedBytesOf(layers),
    stages: null,
    stagesUnknownBecause: 'no Dockerfile is known that made the image',
  };
}

function explanationOf({told, unknown}: StoredImage): Pick<ImageSizes, 'toldBy' | 'unknown'> {
  if (told === null) return {unknown};
  const {caution} = told.by;
  return {toldBy: told.by.name, unknown: caution === undefined ? unknown : [...unknown, caution]};
}
