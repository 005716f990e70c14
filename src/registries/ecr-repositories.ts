import {canCopyToImmutable, oldestCopyingBuildx} from '../docker/buildx-versions.ts';
import {
  canMove,
  everyTagMoves,
  isSameMutability,
  type TagMutability,
} from '../model/tag-mutability.ts';
import type {Findings} from '../plan/findings.ts';
import {joinPath} from '../plan/paths.ts';
import type {Ecr, EcrRepository, NewEcrRepository} from '../ports/ecr.ts';
import type {Files} from '../ports/files.ts';
import type {Images} from '../ports/images.ts';
import type {EcrPlace, Place} from './registry-places.ts';
import * as problems from './repository-problems.ts';
import type {RepositoryProblem} from './repository-problems.ts';

export interface RepositoryInput {
  readonly places: readonly Place[];
  /** Repositories into which images are copied from another one. */
  readonly copiedTo: ReadonlySet<string>;
  /** The digest that a reference is known to get; undefined as long as that has to be built. */
  readonly expectedDigest: (reference: string) => string | undefined;
  /** Folder of matrix.yml, relative to the working directory. */
  readonly folder: string;
  /** Version of buildx; null when unknown. */
  readonly buildx: string | null;
  readonly ports: {readonly ecr: Ecr; readonly images: Images; readonly files: Files};
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/**
 * Makes sure that Amazon's repositories are there and can take their tags: looks at all of them first,
 * and creates what is missing and may be created only when no problem was found.
 */
export async function prepareEcrRepositories(input: RepositoryInput): Promise<void> {
  const {findings, ports, signal} = input;
  const looks = await Promise.all(
    input.places.map(async (place) => ({
      place,
      ...(place.ecr === null ? nothing : await lookAt(place, place.ecr, input)),
    })),
  );
  for (const {errors, warnings} of looks) {
    for (const error of errors) findings.error(error.code, error);
    for (const warning of warnings) findings.warning(warning.code, warning);
  }
  if (findings.hasErrors()) return;
  for (const {place, create} of looks) {
    if (create === undefined || place.ecr === null) continue;
    const {address, name} = place.ecr;
    const created = await ports.ecr.createRepository(address, name, create, signal);
    if (created.ok) continue;
    const problem = problems.repositoryNotCreated(place, created.error);
    findings.error(problem.code, problem);
  }
}

interface Look {
  readonly errors: readonly RepositoryProblem[];
  readonly warnings: readonly RepositoryProblem[];
  /** The settings with which it has to be created. */
  readonly create?: NewEcrRepository;
}

const nothing: Look = {errors: [], warnings: []};

async function lookAt(place: Place, ecr: EcrPlace, input: RepositoryInput): Promise<Look> {
  const {ports, signal} = input;
  const policy = await readPolicy(place, ecr, input);
  if (!policy.ok) return {...nothing, errors: [policy.problem]};
  const found = await ports.ecr.repository(ecr.address, ecr.name, signal);
  if (!found.ok) {
    const isAsked = Object.keys(ecr.settings).some((key) => repositoryKeys.has(key));
    return {...nothing, warnings: isAsked ? [problems.repositoryUnseen(place, found.error)] : []};
  }
  if (found.value === null) return missing(place, ecr, policy.text, input);
  return {
    errors: await immovable(place, found.value, input),
    warnings: await differences(place, ecr, found.value, policy.text, input),
  };
}

const repositoryKeys = new Set([
  'createRepository',
  'immutableTags',
  'scanOnPush',
  'lifecyclePolicy',
]);

type Policy =
  | {readonly ok: true; readonly text: string | null}
  | {readonly ok: false; readonly problem: RepositoryProblem};

async function readPolicy(
  place: Place,
  {settings: {lifecyclePolicy: path}}: EcrPlace,
  {folder, ports}: RepositoryInput,
): Promise<Policy> {
  if (path === undefined) return {ok: true, text: null};
  const file = joinPath(folder, path);
  try {
    const text = await ports.files.readText(file);
    if (text === undefined) throw new Error('there is no such file');
    JSON.parse(text);
    return {ok: true, text};
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return {ok: false, problem: problems.policyUnusable(place, file, because)};
  }
}

async function missing(
  place: Place,
  ecr: EcrPlace,
  lifecyclePolicy: string | null,
  {ports, signal}: RepositoryInput,
): Promise<Look> {
  const {settings} = ecr;
  if (settings.createRepository === true) {
    const tags = askedMutability(settings.immutableTags) ?? everyTagMoves;
    const create = {tags, scanOnPush: settings.scanOnPush ?? false, lifecyclePolicy};
    return {...nothing, create};
  }
  const onPush = await ports.ecr.createsOnPush(ecr.address, ecr.name, signal);
  const isCreated = onPush.ok && onPush.value;
  return {...nothing, errors: isCreated ? [] : [problems.repositoryMissing(place, ecr)]};
}

function askedMutability(asked: EcrPlace['settings']['immutableTags']): TagMutability | undefined {
  if (asked === undefined) return undefined;
  return typeof asked === 'boolean'
    ? {immutable: asked, except: []}
    : {immutable: true, except: asked.except};
}

/** Tags that exist, cannot be moved, and are not known to get the very image that they have. */
async function immovable(
  place: Place,
  {tags: mutability}: EcrRepository,
  {copiedTo, buildx, expectedDigest, ports, signal}: RepositoryInput,
): Promise<readonly RepositoryProblem[]> {
  const {repository} = place;
  const fixed = place.tags.filter((tag) => !canMove(mutability, tag));
  if (fixed.length > 0 && copiedTo.has(repository) && !canCopyToImmutable(buildx)) {
    return [problems.buildxOverwritesTags(place, buildx ?? '', oldestCopyingBuildx)];
  }
  const found = await Promise.all(
    fixed.map(async (tag) => {
      const image = await ports.images.manifest(repository, tag, signal);
      if (!image.ok) return [];
      const {digest} = image.value;
      const isSame = expectedDigest(`${repository}:${tag}`) === digest;
      return isSame ? [] : [problems.tagImmutable(place, tag, digest)];
    }),
  );
  return found.flat();
}

async function differences(
  place: Place,
  {address, name, settings}: EcrPlace,
  found: EcrRepository,
  policy: string | null,
  {ports, signal}: RepositoryInput,
): Promise<readonly RepositoryProblem[]> {
  const differing: RepositoryProblem[] = [];
  const asked = askedMutability(settings.immutableTags);
  if (asked !== undefined && !isSameMutability(asked, found.tags)) {
    const has = problems.mutabilityText(found.tags);
    differing.push(problems.settingDiffers(place, 'immutableTags', has));
  }
  if (settings.scanOnPush !== undefined && settings.scanOnPush !== found.scanOnPush) {
    const has = found.scanOnPush ? 'it scans on push' : 'it does not scan on push';
    differing.push(problems.settingDiffers(place, 'scanOnPush', has));
  }
  if (policy !== null) {
    const current = await ports.ecr.lifecyclePolicy(address, name, signal);
    if (current.ok && !isSameJson(current.value, policy)) {
      const has =
        current.value === null
          ? 'it has no lifecycle policy'
          : 'its lifecycle policy is another one';
      differing.push(problems.settingDiffers(place, 'lifecyclePolicy', has));
    }
  }
  return differing;
}

function isSameJson(a: string | null, b: string): boolean {
  return a !== null && sorted(JSON.parse(a)) === sorted(JSON.parse(b));
}

/** JSON whose keys stand in one order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
