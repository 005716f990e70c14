import type {Failure} from '../../events/failure.ts';
import {decisionDocuments, type Decisions} from '../../inputs/decision.ts';
import {formatCommands, formatPlan} from '../../render/plan-text.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {planFormat} from '../options.ts';
import {preparePlan, type PreparedPlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';

/**
 * `build-matrix plan`: prints what `build` would run. The text tells of each target whether it has to be
 * built and why, for which registries are asked; the formats for machines only when that was asked for.
 */
export async function plan(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const prepared = await preparePlan(context, targets, flags);
  if (!prepared.ok) return [prepared.error];
  printWarnings(context, prepared.value.warnings);
  const isAsked = planFormat(flags) === 'text' ? flags.why !== false : flags.why === true;
  const decisions = isAsked ? await decisionsOf(prepared.value, context) : null;
  context.out.print(await textOf(prepared.value, context, flags, decisions));
  return [];
}

/** Loaded only when it is asked for. */
async function decisionsOf(made: PreparedPlan, {environment}: CommandContext): Promise<Decisions> {
  const [{decideAll}, {createShortProcesses}] = await Promise.all([
    import('../decide-all.ts'),
    import('../../adapters/short-processes.ts'),
  ]);
  const processes = createShortProcesses();
  return decideAll(made, {environment, processes}, new AbortController().signal);
}

async function textOf(
  prepared: PreparedPlan,
  context: CommandContext,
  flags: Flags,
  decisions: Decisions | null,
): Promise<string> {
  switch (planFormat(flags)) {
    case 'json':
      return JSON.stringify(
        decisions === null
          ? prepared.plan
          : {...prepared.plan, decisions: decisionDocuments(decisions)},
        null,
        2,
      );
    case 'bake': {
      const [{exportBake}, {oneBuilder}] = await Promise.all([
        import('../../plan/bake-export.ts'),
        import('../../plan/assign-builders.ts'),
      ]);
      const routed = prepared.routed(oneBuilder(null));
      return JSON.stringify(exportBake(routed.ok ? routed.value : prepared), null, 2);
    }
    case 'commands':
      return formatCommands(prepared.plan);
    case 'text':
      return formatPlan(prepared.plan, context.out.style, decisions);
  }
}
