import {tagIn} from '../model/image-ref.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {MadePlan} from '../plan/make-plan.ts';
import type {Sharding} from '../plan/shards.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {Images} from '../ports/images.ts';
import type {RecentBuilds} from '../records/recent-builds.ts';
import type {ImagePlace} from './find-image.ts';
import type {JudgedTarget} from './judge-plan.ts';
import {releaseOfCommit} from './published-release.ts';

/** Where images are read from, by the kind of output. */
export interface PlaceImages {
  readonly push: Images;
  readonly oci: Images;
}

/** What is judged of a plan. */
export type PlanToJudge = Pick<MadePlan, 'plan' | 'builds' | 'sharding'>;

/**
 * The targets of a plan, each with all its builds, and where its images are. `recent` tells
 * digests that records of earlier runs name.
 */
export function judgedTargets(
  {plan, builds, sharding}: PlanToJudge,
  {
    images,
    recent,
  }: {
    readonly images: PlaceImages;
    readonly recent: RecentBuilds;
  },
): readonly JudgedTarget[] {
  const targets = new Map<string, JudgedTarget['builds'][number][]>();
  for (const [at, planned] of plan.targets.entries()) {
    const id = targetIdOf(planned);
    const build = builds[at];
    if (build === undefined) throw new Error(`${planned.id} has no build`);
    const known = targets.get(id);
    if (known === undefined) targets.set(id, [{planned, build}]);
    else known.push({planned, build});
  }
  return [...targets].map(([id, own]) => {
    const first = own[0]?.planned;
    return {
      id,
      builds: own,
      ...platformsOf(
        id,
        own.flatMap(({planned}) => planned.platforms),
        sharding,
      ),
      place: first === undefined ? null : placeOf(first, images),
      release: releaseOfCommit(plan, first),
      references: [...(first?.tags.map(tagIn) ?? []), ...(own[0]?.build.reuse ?? [])],
      recorded: async () => {
        const [only, ...others] = own;
        // Of several builds each has a part of the image alone.
        if (only === undefined || others.length > 0) return [];
        const digests: string[] = [];
        for await (const {digest} of recent.of(only.planned.id)) digests.push(digest ?? '');
        return digests;
      },
    };
  });
}

/**
 * A shard builds a part of the target, whose inputs are those of the whole. What a machine was asked for
 * it has to bring by itself, to be joined with what others bring; what it only builds on may be whole.
 */
function platformsOf(
  id: string,
  built: readonly string[],
  sharding: Sharding | null,
): Pick<JudgedTarget, 'platforms' | 'wanted'> {
  const whole = sharding?.publications
    .flatMap(({needs}) => needs)
    .find(({target}) => target === id)?.platforms;
  const platforms = whole ?? built;
  const isAsked = sharding?.shards.some(({target}) => target === id) ?? true;
  return {platforms, wanted: isAsked ? built : platforms};
}

function placeOf({output}: PlannedTarget, images: PlaceImages): ImagePlace | null {
  switch (output.kind) {
    case 'load':
      return null;
    case 'oci':
      return {kind: 'oci', repository: output.folder, images: images.oci};
    case 'push': {
      const [repository] = output.repositories;
      return repository === undefined ? null : {kind: 'push', repository, images: images.push};
    }
  }
}
