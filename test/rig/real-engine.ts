import {ensureEngine} from '../../tools/engine/environment.ts';
import {OVERRIDING} from '../../tools/engine/variables.ts';

/**
 * vitest's global set-up of the engine lane: brings the engine up and puts it into the environment
 * of every test. Without an engine the lane fails: a suite that did not run must not look green.
 */
export default async function useRealEngine(): Promise<void> {
  for (const name of OVERRIDING) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, await ensureEngine());
}
