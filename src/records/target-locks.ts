import {z} from 'zod';

import type {EngineUnusable, FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {Host} from '../ports/host.ts';
import {attemptFile} from './file-attempt.ts';
import {lockFileOf} from './state-folder.ts';

/** Locks that this run holds. */
export interface HeldLocks {
  /** Gives every lock back. Never fails: a lock that stays is recognised as stale by the next run. */
  release(): Promise<void>;
}

/** Who holds a lock. `identity` is `Host.processIdentity` of the holder, which tells a reused pid. */
const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  identity: z.string(),
  runId: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/**
 * Takes one lock for each target, in the order given, all or none, so that two runs never build one
 * target at once and neither reads what the other wrote. Waits for nobody: a target that is held is
 * `state-busy`. A lock whose process has ended on this machine is taken over.
 */
export async function takeTargetLocks(request: {
  readonly files: Files;
  readonly host: Host;
  readonly runId: string;
  /** `image/name` each. */
  readonly targets: readonly string[];
}): Promise<Result<HeldLocks, EngineUnusable | FileUnusable>> {
  const {files, host} = request;
  const identity = (await host.processIdentity(host.pid)) ?? 'unknown';
  const self: Holder = {pid: host.pid, host: host.name, identity, runId: request.runId};
  const held: string[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(held.map((path) => attemptFile(path, () => files.remove(path))));
  };

  for (const target of request.targets) {
    const path = lockFileOf(target);
    const taken = await attemptFile(path, () => takeLock(files, host, path, self));
    if (!taken.ok || taken.value !== 'taken') await release();
    if (!taken.ok) return taken;
    if (taken.value !== 'taken') return err(busy(target, path, taken.value));
    held.push(path);
  }
  return ok({release});
}

/** `taken`, or who holds it; `unclear` when a file is there that does not tell. */
type Taken = 'taken' | Held;
type Held = Holder | 'unclear';

async function takeLock(files: Files, host: Host, path: string, self: Holder): Promise<Taken> {
  const text = `${JSON.stringify(self)}\n`;
  if (await files.createExclusive(path, text)) return 'taken';
  const seen = await lookAt(files, host, path);
  if (seen === 'gone') return (await files.createExclusive(path, text)) ? 'taken' : 'unclear';
  if (seen !== 'stale') return seen;

  // Of several runs that see one stale lock only the one that makes this file may replace the lock;
  // it looks once more, because another may have done so in the meantime.
  const takeover = `${path}.takeover`;
  if (!(await files.createExclusive(takeover, text))) return 'unclear';
  try {
    const now = await lookAt(files, host, path);
    if (now === 'gone') return 'unclear';
    if (now !== 'stale') return now;
    await files.writeAtomic(path, text);
    return 'taken';
  } finally {
    await files.remove(takeover);
  }
}

/** `stale`: its process has ended. `gone`: given back since `createExclusive` found it. */
async function lookAt(files: Files, host: Host, path: string): Promise<Held | 'stale' | 'gone'> {
  const text = await files.readText(path);
  if (text === undefined) return 'gone';
  const holder = parseHolder(text);
  if (holder === undefined) return 'unclear';
  // Processes of another machine (a shared folder, a container) cannot be looked at from here.
  if (holder.host !== host.name) return holder;
  const identity = await host.processIdentity(holder.pid);
  return identity === holder.identity ? holder : 'stale';
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function busy(target: string, path: string, held: Held): EngineUnusable {
  const by =
    held === 'unclear' ? 'another run' : `process ${held.pid} on ${held.host} (run ${held.runId})`;
  return {
    reason: 'engine-unusable',
    problem: 'state-busy',
    message: `${target} is being built by ${by}`,
    remedy: `Wait until it has ended. If no such run is left, delete ${path} and try again.`,
  };
}
