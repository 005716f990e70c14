import {checkTools, readInspection} from '../docker/engine-check.ts';
import {endpointUnusable} from '../docker/engine-problems.ts';
import type {EngineQuestions} from '../docker/engine-questions.ts';
import {settleBuilders, takeOver, type SettledBuilders} from '../docker/settle-builders.ts';
import type {EngineUnusable, InvalidMatrix} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {MadePlan, RoutedPlan} from '../plan/make-plan.ts';
import type {OtherBuilders} from '../run/other-builders.ts';

/** The plan as the builders can do it: other builders, more parts, or fewer platforms than the file prefers. */
export type SettledPlan = SettledBuilders & RoutedPlan;

/** Asks the builders of the plan's routes what they are, and routes the plan accordingly. */
export async function settlePlan(
  made: MadePlan,
  questions: EngineQuestions,
): Promise<Result<SettledPlan, EngineUnusable | InvalidMatrix>> {
  const tools = await checkTools(questions);
  if (!tools.ok) return tools;
  const {routes, builders, targets} = made.plan;
  const settled = await settleBuilders({
    routes,
    targets: targets.map((target) => ({id: targetIdOf(target), platforms: target.platforms})),
    inspect: async (name) => {
      const builder = builders.find((one) => one.name === name);
      const answer = await questions.builder(name, builder?.create);
      const inspection = readInspection(name, answer);
      const endpoint = builder?.endpoint ?? null;
      return inspection.ok || endpoint === null
        ? inspection
        : err(endpointUnusable(endpoint, inspection.error.message));
    },
  });
  if (!settled.ok) return settled;
  const found = settled.value.routes;
  const isPush = targets.some(({output}) => output.kind === 'push');
  const isAsPlanned = routes.every(({platform, builders}) => {
    const route = found.get(platform);
    const isStored = isPush && route?.through === 'store';
    return route !== undefined && !route.isApart && !isStored && route.builder === builders[0];
  });
  const routed = isAsPlanned ? ok(made) : made.routed((platform) => found.get(platform));
  return routed.ok ? ok({...settled.value, ...routed.value}) : routed;
}

/** Finds who builds a target whose builder was lost: the next of its routes, or the emulator. */
export function findBuilder(
  {routes}: SettledBuilders,
  questions: EngineQuestions,
): OtherBuilders['find'] {
  return (target, tried) => {
    const [first = [], ...rest] = target.platforms.map((platform) => {
      const route = routes.get(platform);
      return route === undefined ? [] : [route.builder, ...route.others];
    });
    const candidates = first.filter(
      (name) => !tried.has(name) && rest.every((others) => others.includes(name)),
    );
    return takeOver(target, candidates, async (name) =>
      readInspection(name, await questions.builderNow(name)),
    );
  };
}
