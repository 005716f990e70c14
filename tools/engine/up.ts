import {mkdir, rm} from 'node:fs/promises';
import type {Reporter} from './console.ts';
import {detect} from './detect.ts';
import {EngineError} from './errors.ts';
import {downHost, purgeHost, upHost} from './host-engine.ts';
import {withLock} from './lock.ts';
import {enginePaths} from './paths.ts';
import type {EnginePaths} from './paths.ts';
import {downPrivate, upPrivate} from './private-engine.ts';
import {newState, readState, writeState} from './state.ts';
import type {EngineKind, EngineState} from './state.ts';

/**
 * Brings the engine up; does nothing where it is up. Safe to run several times at once.
 * @throws EngineError with cause and remedy
 */
export async function up(
  root: string,
  report: Reporter,
  wanted?: EngineKind,
): Promise<EngineState> {
  const paths = enginePaths(root);
  await mkdir(paths.engine, {recursive: true});
  return withLock(paths.engine, report, async () => {
    const state = (await readState(paths)) ?? (await firstState(paths, report, wanted));
    if (wanted !== undefined && wanted !== state.kind) {
      throw new EngineError(`this clone has an engine of kind '${state.kind}'`, {
        remedy: "run 'npm run engine -- down --purge' first",
      });
    }
    const final = await (state.kind === 'host' ? upHost : upPrivate)(paths, state, report);
    await writeState(paths, final);
    return final;
  });
}

/** Ends the engine: nothing of it runs afterwards. With `purge` its data and ports go as well. */
export async function down(root: string, report: Reporter, purge: boolean): Promise<void> {
  const paths = enginePaths(root);
  await mkdir(paths.engine, {recursive: true});
  await withLock(paths.engine, report, async () => {
    // Without a state (it was deleted under a running engine) everything is found by the clone's id.
    const state = (await readState(paths)) ?? (await newState(paths, 'private'));
    if (state.kind === 'host') {
      await downHost(paths, state);
      if (purge) {
        await purgeHost(paths, state);
      }
    } else {
      await downPrivate(paths, state, report);
    }
  });
  if (purge) {
    await rm(paths.engine, {recursive: true, force: true});
  }
}

async function firstState(
  paths: EnginePaths,
  report: Reporter,
  wanted: EngineKind | undefined,
): Promise<EngineState> {
  const {kind, reason} = await detect(wanted);
  report.note(
    kind === 'host'
      ? "using this machine's own docker"
      : `a private engine in ${paths.engine} (no system package is installed), since ${reason}`,
  );
  const state = await newState(paths, kind);
  await writeState(paths, state);
  return state;
}
