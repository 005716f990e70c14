import {readImage} from '../docker/read-image.ts';
import {repositoryIn, tagIn} from '../model/image-ref.ts';
import {revisionLabel} from '../plan/image-labels.ts';
import type {Images} from '../ports/images.ts';
import type {ReleaseProblem} from './checkout-guards.ts';
import {digestsFile} from './digests-file.ts';
import {journalFileOf, type JournalDocument} from './release-journal.ts';
import type {ReleasePlan} from './release-plan.ts';

export interface ReplacedRequest {
  readonly plan: Pick<ReleasePlan, 'version' | 'commit' | 'steps'>;
  /** What this machine knows of an earlier run of this release. */
  readonly journal: JournalDocument | null;
  /** Digest of each exact tag as the public release on GitHub says; empty where there is none. */
  readonly announced: ReadonlyMap<string, string>;
  /** Digest of each exact tag that is there. */
  readonly digests: ReadonlyMap<string, string>;
  /** Platforms of each target, by its id. */
  readonly platforms: ReadonlyMap<string, readonly string[]>;
  /** True when the remote has this version's git tag, and no other version's, on this commit. */
  readonly isOnlyVersion: boolean;
  readonly images: Images;
}

/**
 * Exact tags that hold another image than when they were released first: the release on GitHub says so, or
 * the journal, or a tag that moves holds another image of this commit, which nothing but this release can
 * have put there.
 */
export async function replacedProblems(
  request: ReplacedRequest,
): Promise<readonly ReleaseProblem[]> {
  const {plan, journal, announced, digests} = request;
  const found = new Map<string, ReleaseProblem>();
  for (const [exact, now] of digests) {
    const before = announced.get(exact) ?? now;
    if (before === now) continue;
    const by = `${digestsFile} of the release on GitHub`;
    found.set(exact, replaced(exact, {now, before, by}));
  }
  for (const step of plan.steps) {
    if (step.kind !== 'moving-tags' || found.has(step.exact)) continue;
    const now = digests.get(step.exact);
    if (now === undefined) continue;
    for (const reference of step.references) {
      const kept =
        journal?.commit === plan.commit
          ? journal.moves.find((move) => move.reference === reference)?.after
          : undefined;
      const before = kept ?? (await ofThisCommit(request, step.exact, reference));
      if (before === undefined || before === now) continue;
      const by = kept === undefined ? `${tagIn(reference)} tells` : journalFileOf(plan.version);
      found.set(step.exact, replaced(step.exact, {now, before, by}));
      break;
    }
  }
  return [...found.values()];
}

function replaced(
  exact: string,
  {now, before, by}: {readonly now: string; readonly before: string; readonly by: string},
): ReleaseProblem {
  return {
    message: `${exact} has been replaced since it was released: it holds ${now}, not ${before} (${by})`,
    remedy: `put it back: docker buildx imagetools create --tag ${exact} ${repositoryIn(exact)}@${before}; or release the next version`,
  };
}

/** Digest of what a tag holds, when that says that it was built of the plan's commit. */
async function ofThisCommit(
  {plan, isOnlyVersion, platforms, images}: ReplacedRequest,
  exact: string,
  reference: string,
): Promise<string | undefined> {
  if (!isOnlyVersion) return undefined;
  const made = plan.steps.find(
    (step) => step.kind === 'exact-tags' && step.references.includes(exact),
  );
  const [target = ''] = made?.kind === 'exact-tags' ? made.targets : [];
  const read = await readImage({
    ...{images, repository: repositoryIn(reference), reference: tagIn(reference)},
    platforms: (platforms.get(target) ?? []).slice(0, 1),
  });
  if (!read.ok) return undefined;
  const [first] = read.value.platforms;
  return first?.labels[revisionLabel] === plan.commit ? read.value.digest : undefined;
}
