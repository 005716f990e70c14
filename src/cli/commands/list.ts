import type {Failure} from '../../events/failure.ts';
import {stageNames} from '../../render/stage-facts.ts';
import {formatList} from '../../render/list-text.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {everyTarget} from '../options.ts';
import {preparePlan} from '../prepare-plan.ts';

/** `build-matrix list`: prints the targets, all of them when none is named. */
export async function list(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const prepared = await preparePlan(context, targets.length === 0 ? everyTarget : targets, flags);
  if (!prepared.ok) return [prepared.error];
  const {plan} = prepared.value;
  if (flags.json !== true) {
    context.out.print(formatList(plan, context.out.style));
    return [];
  }
  const listed = plan.targets.map((target) => ({
    id: target.id,
    image: target.image,
    name: target.name,
    description: target.description,
    accelerator: target.accelerator,
    platforms: target.platforms,
    stages: stageNames(target),
    tags: target.tags,
    axes: target.axes,
    dependsOn: target.dependsOn,
  }));
  context.out.print(JSON.stringify(listed, null, 2));
  return [];
}
