import {canCopyToImmutable, oldestCopyingBuildx} from '../docker/buildx-versions.ts';
import {classifyRegistryFailure, type RegistryFailure} from '../docker/registry-failure.ts';
import {repositoryIn, tagIn} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import {canMove, type TagMutability} from '../model/tag-mutability.ts';
import type {Ecr} from '../ports/ecr.ts';
import type {Waiting} from '../ports/waiting.ts';
import {repositoryBefore} from '../publish/held-images.ts';
import {withRetries, type RetryLimits} from '../publish/retry.ts';
import type {EcrPlace, Place} from '../registries/registry-places.ts';
import {mutabilityText} from '../registries/repository-problems.ts';
import type {ReleaseProblem} from './checkout-guards.ts';
import type {RegistryPorts} from './move-tags.ts';
import type {ReleaseStep} from './release-plan.ts';
import type {Inspection} from './run-steps.ts';

/** Nobody sees that it waits. */
const guardLimits: RetryLimits = {
  attempts: 3,
  firstPauseMs: 1_000,
  firstLimitedPauseMs: 5_000,
  totalPauseMs: 30_000,
};

/** Every tag of each repository, and why some cannot be read or written. */
export async function repositoryTags(
  repositories: ReadonlySet<string>,
  ports: RegistryPorts & {readonly waiting: Waiting},
): Promise<{
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly ReleaseProblem[];
}> {
  const problems: ReleaseProblem[] = [];
  const found = new Map<string, readonly string[]>();
  for (const repository of repositories) {
    const listed = await ports.tags.list(repository);
    if (!listed.ok) {
      problems.push({
        message: `the tags of ${repository} cannot be listed: ${listed.error.message}`,
        remedy: 'see that the registry can be reached, and that you are logged in',
      });
      continue;
    }
    found.set(repository, listed.value);
    const refusal = await writeRefusal(repository, ports);
    if (refusal !== undefined) problems.push(refusal);
  }
  return {found, problems};
}

/** Why nothing can be written to a repository, as far as the begin of an upload tells. */
async function writeRefusal(
  repository: string,
  {probe, waiting, signal}: RegistryPorts & {readonly waiting: Waiting},
): Promise<ReleaseProblem | undefined> {
  const began = await withRetries({
    attempt: () => beginUpload(repository, {probe, signal}),
    onRetry: () => undefined,
    ...{waiting, signal, limits: guardLimits},
  });
  if (began.ok) return undefined;
  const {message, remedy} = began.error;
  return {message: `${repository} takes no images from you (${message})`, remedy};
}

/** Fails with what the registry says; `message` is its status and its words alone. */
async function beginUpload(
  repository: string,
  {probe, signal}: Pick<RegistryPorts, 'probe' | 'signal'>,
): Promise<Result<null, RegistryFailure>> {
  const answers = await probe.ask({repository, reference: null, action: 'push'}, signal);
  const upload = answers.ok ? answers.value.upload : null;
  if (upload === null || upload.status < 400) return ok(null);
  const {retryAfterMs} = upload;
  const status = `${upload.status} ${upload.statusText}`.trim();
  const message = upload.said === '' ? status : `${status}: ${upload.said}`;
  const failure = classifyRegistryFailure({
    error: `unexpected status from POST request to https://${repository}: ${message}`,
    doing: {reference: repository, action: 'push'},
  });
  if (failure === undefined) return ok(null);
  return err({...failure, message, ...(retryAfterMs === undefined ? {} : {retryAfterMs})});
}

export interface ImmutableFacts {
  readonly inspections: readonly Inspection[];
  /** Repositories of the release. */
  readonly places: readonly Place[];
  /** Version of buildx; null when unknown. */
  readonly buildx: string | null;
  readonly ecr: Ecr;
  readonly signal: AbortSignal;
}

/**
 * Tags that this release moves, or parts of images that it would write under a tag, where the repository
 * lets no such tag be moved. Only Amazon tells it, and only those who may look at repositories.
 */
export async function immutableProblems(facts: ImmutableFacts): Promise<readonly ReleaseProblem[]> {
  const missing = facts.inspections.flatMap(({step, found}) =>
    found.ok && found.value.state === 'missing' ? [step] : [],
  );
  const problems = await Promise.all(
    facts.places.map(async (place) => {
      if (place.ecr === null) return [];
      const {address, name} = place.ecr;
      const found = await facts.ecr.repository(address, name, facts.signal);
      if (!found.ok || found.value === null) return [];
      return problemsIn(place, place.ecr, found.value.tags, {missing, buildx: facts.buildx});
    }),
  );
  return problems.flat();
}

function problemsIn(
  {repository}: Place,
  ecr: EcrPlace,
  mutability: TagMutability,
  {missing, buildx}: {missing: readonly ReleaseStep[]; buildx: string | null},
): readonly ReleaseProblem[] {
  const steps = missing.flatMap((step) =>
    step.kind === 'exact-tags' || step.kind === 'moving-tags' ? [step] : [],
  );
  const own = steps.filter(({references}) => references.some(isIn(repository)));
  const fixed = (kind: ReleaseStep['kind']): readonly string[] =>
    own
      .filter((step) => step.kind === kind)
      .flatMap(({references}) => references.map(tagIn))
      .filter((tag) => !canMove(mutability, tag));
  const problems: ReleaseProblem[] = [];
  const moving = [...new Set(fixed('moving-tags'))];
  if (moving.length > 0) {
    problems.push({
      message: `${repository} lets ${moving.join(', ')} not be moved: ${mutabilityText(mutability)}`,
      remedy: letMove(ecr, mutability, moving),
    });
  }
  const isCopied = own.some(
    (step) =>
      step.kind === 'exact-tags' &&
      step.sources.some((source) => repositoryBefore(source) !== repository),
  );
  if (isCopied && fixed('exact-tags').length > 0 && !canCopyToImmutable(buildx)) {
    problems.push({
      message: `buildx ${buildx ?? ''} cannot copy into ${repository}: it would write parts of the image under the tag first, which is immutable`,
      remedy: `update buildx to ${oldestCopyingBuildx} or newer`,
    });
  }
  return problems;
}

const isIn =
  (repository: string) =>
  (reference: string): boolean =>
    repositoryIn(reference) === repository;

/** Amazon takes no more exclusion filters (API reference of PutImageTagMutability). */
const mostFilters = 5;

function letMove(
  {address, name}: EcrPlace,
  {immutable, except}: TagMutability,
  tags: readonly string[],
): string {
  const less = 'or name fewer tags under `release.moving` in matrix.yml';
  const region = address.kind === 'private' ? ` --region ${address.region}` : '';
  const command = `aws ecr put-image-tag-mutability${region} --repository-name ${name} --image-tag-mutability`;
  const filters = [...new Set([...except, ...tags])];
  if (!immutable || filters.length > mostFilters) {
    return `make tags mutable, since a release itself moves no exact tag: \`${command} MUTABLE\`; ${less}`;
  }
  const excluded = filters.map((filter) => `filterType=WILDCARD,filter='${filter}'`).join(' ');
  return `exclude them: \`${command} IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters ${excluded}\`; ${less}`;
}
