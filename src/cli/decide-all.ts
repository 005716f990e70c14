import {nodeFiles} from '../adapters/node-files.ts';
import type {Decisions} from '../inputs/decision.ts';
import type {Processes} from '../ports/processes.ts';
import {targetIdOf} from '../model/target-id.ts';
import {createRecordStore} from '../records/record-store.ts';
import {openInputs} from './open-inputs.ts';
import type {Environment} from './options.ts';
import type {PreparedPlan} from './prepare-plan.ts';
import {openRunPorts} from './run-ports.ts';

/** What `build` would decide of each target, by its id, in the order of the plan. */
export async function decideAll(
  made: PreparedPlan,
  {environment, processes}: {readonly environment: Environment; readonly processes: Processes},
  signal: AbortSignal,
): Promise<Decisions> {
  const inputs = openInputs({
    ...{made, environment, force: false, signal},
    ports: openRunPorts(processes, environment, made.matrix),
    records: createRecordStore(nodeFiles),
  });
  const targets = [...new Set(made.plan.targets.map(targetIdOf))];
  return new Map(
    await Promise.all(targets.map(async (id) => [id, await inputs.decide(id)] as const)),
  );
}
