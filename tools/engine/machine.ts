import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {identityOf, isAlive} from './alive.ts';
import type {ProcessIdentity} from './alive.ts';
import type {Reporter} from './console.ts';
import {readIfAny, writeAtomic} from './files.ts';
import {withLock} from './lock.ts';
import {removeBridge} from './network.ts';
import type {EnginePaths} from './paths.ts';
import type {Tools} from './provision-tools.ts';
import {anyMarked, cgroupParent, clearCgroup, unmountBelow} from './sweep.ts';

/**
 * What the engines of several clones share on one machine: each leaves a claim here while it is up.
 * The last one to go takes the common settings away, and the next one to come clears what a clone
 * left whose processes were all killed (as at the end of a CI job).
 */
const CLAIMS = '/run/build-matrix-engine';

interface Claim extends ProcessIdentity {
  readonly engine: string;
  readonly runtime: string;
}

/** Says that this clone's engine is coming up, and clears up after dead ones. */
export async function claimMachine(
  paths: EnginePaths,
  runtime: string,
  tools: Tools,
  report: Reporter,
): Promise<void> {
  await withLock(CLAIMS, report, async () => {
    // Until the first daemon of this clone runs, the process that is bringing it up stands for it.
    const claim: Claim = {...(await identityOf(process.pid)), engine: paths.engine, runtime};
    await writeAtomic(join(CLAIMS, paths.id), JSON.stringify(claim));
    for (const [id, other] of await otherClaims(paths.id)) {
      if (!(await isUp(id, other))) {
        await clearCgroup(cgroupParent(id));
        await unmountBelow([other.engine, other.runtime]);
        await removeBridge(id, tools);
        await rm(other.runtime, {recursive: true, force: true});
        await rm(join(CLAIMS, id), {force: true});
      }
    }
  });
}

/** Changes something that all clones share, one at a time. */
export function withMachine<T>(report: Reporter, change: () => Promise<T>): Promise<T> {
  return withLock(CLAIMS, report, change);
}

/** Takes this clone's claim back; `last` runs when no other engine is up. */
export async function releaseMachine(
  paths: EnginePaths,
  report: Reporter,
  last: () => Promise<void>,
): Promise<void> {
  await withLock(CLAIMS, report, async () => {
    await rm(join(CLAIMS, paths.id), {force: true});
    for (const [id, other] of await otherClaims(paths.id)) {
      if (await isUp(id, other)) {
        return;
      }
    }
    await last();
  });
}

async function isUp(id: string, claim: Claim): Promise<boolean> {
  return (await anyMarked(id)) || (await isAlive(claim));
}

async function otherClaims(own: string): Promise<ReadonlyMap<string, Claim>> {
  const claims = new Map<string, Claim>();
  for (const id of await readdir(CLAIMS)) {
    const text = /^[0-9a-f]{8}$/.test(id) && id !== own ? await readIfAny(join(CLAIMS, id)) : '';
    const claim = parse(text ?? '');
    if (claim !== undefined) {
      claims.set(id, claim);
    }
  }
  return claims;
}

function parse(text: string): Claim | undefined {
  try {
    const {pid, born, engine, runtime} = JSON.parse(text) as Partial<Claim>;
    return pid === undefined || born === undefined || engine === undefined || runtime === undefined
      ? undefined
      : {pid, born, engine, runtime};
  } catch {
    return undefined;
  }
}
