import type {Failure} from '../../events/failure.ts';
import {decisionDocuments, type Decisions} from '../../inputs/decision.ts';
import {targetIdOf} from '../../plan/run-values.ts';
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
  const decisions = isAsked ? await decideAll(prepared.value, context) : null;
  context.out.print(await textOf(prepared.value, context, flags, decisions));
  return [];
}

/** What `build` would decide of each target, by its id, in the order of the plan. */
async function decideAll(made: PreparedPlan, context: CommandContext): Promise<Decisions> {
  const [{openInputs}, {openRunPorts}, {createRecordStore}, {nodeFiles}, {createShortProcesses}] =
    await Promise.all([
      import('../open-inputs.ts'),
      import('../run-ports.ts'),
      import('../../records/record-store.ts'),
      import('../../adapters/node-files.ts'),
      import('../../adapters/short-processes.ts'),
    ]);
  const {environment} = context;
  const inputs = openInputs({
    ...{made, environment, force: false, signal: new AbortController().signal},
    ports: openRunPorts(createShortProcesses(), environment, made.matrix),
    records: createRecordStore(nodeFiles),
  });
  const targets = [...new Set(made.plan.targets.map(targetIdOf))];
  return new Map(
    await Promise.all(targets.map(async (id) => [id, await inputs.decide(id)] as const)),
  );
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
