import {randomBytes} from 'node:crypto';
import {link, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {identityOf, isAlive} from './alive.ts';
import type {ProcessIdentity} from './alive.ts';
import type {Reporter} from './console.ts';
import {EngineError, systemCode} from './errors.ts';
import {readIfAny} from './files.ts';

const RETRY_MS = 100;
/** Longer than the longest first `up`. */
const GIVE_UP_AFTER_MS = 30 * 60_000;

/**
 * Runs `work` while no other process does so under the same folder. A lock whose owner has died is
 * taken over at once: the owner is named by process id and start time, not by a time-out.
 * @throws EngineError when another process keeps the lock for half an hour.
 */
export async function withLock<T>(
  folder: string,
  report: Reporter,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, {recursive: true});
  const lock = join(folder, 'lock');
  const mine = `${lock}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(mine, JSON.stringify(await identityOf(process.pid)));
  try {
    await acquire(lock, mine, report);
    try {
      return await work();
    } finally {
      await rm(lock, {force: true});
    }
  } finally {
    await rm(mine, {force: true});
  }
}

async function acquire(lock: string, mine: string, report: Reporter): Promise<void> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  let told = false;
  while (!(await tryLink(mine, lock))) {
    const text = await readIfAny(lock);
    const owner = text === undefined ? undefined : parse(text);
    if (text !== undefined && (owner === undefined || !(await isAlive(owner)))) {
      await breakStale(lock, text);
      continue;
    }
    if (!told && owner !== undefined) {
      report.note(`process ${owner.pid} is at work on the engine; waiting for it`);
      told = true;
    }
    if (performance.now() > end) {
      throw new EngineError(`the engine is locked by process ${owner?.pid ?? 'unknown'}`, {
        remedy: `end that process, or remove ${lock}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** A hard link appears with its whole content or not at all, and never over an existing one. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Of several processes that see the same dead owner only one renames it away. */
async function breakStale(lock: string, seen: string): Promise<void> {
  const aside = `${lock}.stale-${randomBytes(4).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return;
    }
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== seen) {
    // Another process was faster, and this is its fresh lock: put it back.
    await tryLink(aside, lock);
  }
  await rm(aside, {force: true});
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'pid' in value && 'born' in value) {
      return {pid: Number(value.pid), born: String(value.born)};
    }
  } catch {
    // Not a lock of ours; treated as stale.
  }
  return undefined;
}
