import type {Reporter} from './console.ts';
import {stderrReporter} from './console.ts';
import {EngineError} from './errors.ts';
import {enginePaths, REPOSITORY} from './paths.ts';
import {readState} from './state.ts';
import {up} from './up.ts';
import {engineVariables} from './variables.ts';

/**
 * What a program has to have in its environment to use the engine, PATH included.
 * @throws EngineError before the first `up`
 */
export async function engineEnvironment(
  root: string = REPOSITORY,
): Promise<Record<string, string>> {
  const paths = enginePaths(root);
  const state = await readState(paths);
  if (state === undefined) {
    throw new EngineError('there is no engine yet', {remedy: "run 'npm run engine -- up'"});
  }
  return engineVariables(paths, state);
}

/** Brings the engine up where it is not, and tells how to use it. */
export async function ensureEngine(
  root: string = REPOSITORY,
  report: Reporter = stderrReporter(),
): Promise<Record<string, string>> {
  await up(root, report);
  return engineEnvironment(root);
}
