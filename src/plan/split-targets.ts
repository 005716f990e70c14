import type {Assign, Assignment} from './assign-builders.ts';
import type {Choice} from './choose-targets.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** One build: a target, or those of its platforms that are built apart from the others. */
export interface TargetBuildOf {
  /** `image/name`, or `image/name@linux-arm64` for a part. */
  readonly id: string;
  readonly target: ResolvedTarget;
  /** The first of its platforms, when others were chosen of the target as well; null when it has all. */
  readonly part: string | null;
  readonly platforms: readonly string[];
  readonly builder: string | null;
  readonly through: Assignment['through'];
  /** Ids of the builds that must succeed first. */
  readonly dependsOn: readonly string[];
}

/**
 * The builds of the chosen targets, in their order: platforms of one builder are built together, unless it
 * builds each apart. Platforms that nobody builds are left out. A build depends on the builds
 * of a linked target that hold its platforms.
 */
export function splitTargets(targets: Choice['targets'], assign: Assign): readonly TargetBuildOf[] {
  const builds: TargetBuildOf[] = [];
  const ofTarget = new Map<string, readonly TargetBuildOf[]>();
  for (const {target, platforms, dependsOn} of targets) {
    const groups = new Map<string, Pick<TargetBuildOf, 'builder' | 'through' | 'platforms'>>();
    for (const platform of platforms) {
      const assigned = assign(platform, target.id);
      if (assigned === undefined) continue;
      const {builder, isApart, through} = assigned;
      const group = isApart ? platform : `builder ${builder ?? ''}`;
      const {platforms: before} = groups.get(group) ?? {platforms: []};
      groups.set(group, {builder, through, platforms: [...before, platform]});
    }
    const own = [...groups.values()].map((group): TargetBuildOf => {
      const isWhole = group.platforms.length === platforms.length;
      const part = isWhole ? null : (group.platforms[0] ?? null);
      const holding = dependsOn
        .flatMap((id) => ofTarget.get(id) ?? [])
        .filter((build) => build.platforms.some((one) => group.platforms.includes(one)));
      return {
        id: buildId(target.id, part),
        ...{target, part},
        ...group,
        dependsOn: holding.map(({id}) => id),
      };
    });
    ofTarget.set(target.id, own);
    builds.push(...own);
  }
  return builds;
}

/** `image/name`, or `image/name@linux-arm64` for the part that begins with this platform. */
export const buildId = (targetId: string, part: string | null): string =>
  part === null ? targetId : `${targetId}@${part.replaceAll('/', '-')}`;
