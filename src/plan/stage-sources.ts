import type {StageOfDockerfile, UseOfStage} from '../docker/stage-layers.ts';
import {contextKey} from '../dockerfile/context-key.ts';
import type {ResolvedStage, StageUse} from '../dockerfile/resolve-stages.ts';
import type {PlannedBuild} from './build-requests.ts';

const imageScheme = 'docker-image://';

/**
 * The stages, each base that a named context replaces (one of the file, or that of a mirror) with what
 * is really read: the id of a target, an image reference, or the context as it stands on the command line.
 */
export function withSources(
  stages: readonly ResolvedStage[],
  build: Pick<PlannedBuild, 'contexts' | 'links'>,
): readonly StageOfDockerfile[] {
  return stages.map(({on, ...stage}) => {
    const use = {...stage, ...withSource(stage, build)};
    if (on === undefined) return use;
    const others = Object.entries(on).map(([platform, other]) => [
      platform,
      withSource(other, build),
    ]);
    return {...use, on: Object.fromEntries(others) as Readonly<Record<string, UseOfStage>>};
  });
}

function withSource(
  {base, shipped, used}: StageUse,
  build: Pick<PlannedBuild, 'contexts' | 'links'>,
): UseOfStage {
  if (base.kind !== 'image' && base.kind !== 'context') return {base, shipped, used};
  const source = sourceOf(base.kind === 'image' ? base.reference : base.name, build);
  return {base: source === undefined ? base : {...base, source}, shipped, used};
}

/** undefined when nothing replaces the name, or something else for each platform (`name::platform`). */
function sourceOf(
  name: string,
  {contexts, links}: Pick<PlannedBuild, 'contexts' | 'links'>,
): string | undefined {
  const key = contextKey(name);
  const [found, ...others] = Object.entries(contexts).filter(
    ([context]) => contextKey(context) === key,
  );
  if (found === undefined || others.length > 0 || found[0].includes('::')) return undefined;
  const [context, value] = found;
  if (Object.hasOwn(links, context)) return links[context];
  return value.startsWith(imageScheme) ? value.slice(imageScheme.length) : value;
}
