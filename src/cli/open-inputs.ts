import {createContextFiles} from '../adapters/node-context-files.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {openInputMemory} from '../inputs/input-memory.ts';
import {judgedTargets, type PlanToJudge} from '../inputs/judged-targets.ts';
import {openPlanInputs, type PlanInputs} from '../inputs/judge-plan.ts';
import {inputVariables} from '../inputs/target-inputs.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {RecordStore} from '../records/record-store.ts';
import {createRecentBuilds} from '../records/recent-builds.ts';
import type {Environment} from './options.ts';
import type {OpenedPorts} from './run-ports.ts';

/** The inputs of the plan's targets, on the real thing. Nothing is read before it is asked for. */
export function openInputs(request: {
  readonly made: PlanToJudge;
  readonly ports: OpenedPorts;
  readonly records: RecordStore;
  readonly environment: Environment;
  readonly force: boolean;
  readonly signal: AbortSignal;
}): PlanInputs {
  const {made, ports, records, environment, force, signal} = request;
  const images = {...ports.images, push: ports.lookups};
  return openPlanInputs({
    targets: judgedTargets(made, {images, recent: createRecentBuilds(records)}),
    ...{force, signal},
    ports: {
      files: nodeFiles,
      contextFiles: createContextFiles(),
      tags: ports.tags,
      memory: openInputMemory(nodeFiles),
      variables: Object.fromEntries(
        inputVariables.flatMap((name) => {
          const value = environment[name];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    },
  });
}

/** True as soon as one target has to be built; false when none has. */
export async function isAnythingToBuild(
  made: Pick<PlanToJudge, 'plan'>,
  inputs: PlanInputs,
): Promise<boolean> {
  const targets = [...new Set(made.plan.targets.map(targetIdOf))];
  return new Promise((resolve, reject) => {
    const decisions = targets.map(async (target) => {
      const {kind} = await inputs.decide(target);
      if (kind === 'build') resolve(true);
    });
    Promise.all(decisions).then(() => {
      resolve(false);
    }, reject);
  });
}
