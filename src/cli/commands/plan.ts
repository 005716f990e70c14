import type {Failure} from '../../events/failure.ts';
import {formatCommands, formatPlan} from '../../render/plan-text.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {planFormat} from '../options.ts';
import {preparePlan, type PreparedPlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';

/** `build-matrix plan`: prints what `build` would run. */
export async function plan(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const prepared = await preparePlan(context, targets, flags);
  if (!prepared.ok) return [prepared.error];
  printWarnings(context, prepared.value.warnings);
  context.out.print(await textOf(prepared.value, context, flags));
  return [];
}

async function textOf(
  prepared: PreparedPlan,
  context: CommandContext,
  flags: Flags,
): Promise<string> {
  switch (planFormat(flags)) {
    case 'json':
      return JSON.stringify(prepared.plan, null, 2);
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
      return formatPlan(prepared.plan, context.out.style);
  }
}
