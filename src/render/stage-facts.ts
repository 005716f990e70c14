import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import type {KnownStages} from './progress-state.ts';

/** Named stages of the target's Dockerfile, in its order. */
export function stageNames(target: PlannedTarget): readonly string[] {
  return target.stages.flatMap(({name}) => (name === null ? [] : [name]));
}

/** What the plan tells a live display of the stages that it will see. */
export function stageFacts(plan: BuildPlan): KnownStages {
  return new Map(
    plan.targets.map((target) => [
      target.id,
      target.stages.flatMap(({name, base}) =>
        name === null ? [] : [{name, fromImage: base.kind === 'image' || base.kind === 'context'}],
      ),
    ]),
  );
}
