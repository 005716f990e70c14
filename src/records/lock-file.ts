import {z} from 'zod';

import type {FileUnusable} from '../events/failure.ts';
import type {Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {Host} from '../ports/host.ts';
import {attemptFile} from './file-attempt.ts';

/** Who holds a lock. `identity` is `Host.processIdentity` of the holder, which tells a reused pid. */
const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  identity: z.string(),
  runId: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface LockRequest {
  readonly files: Files;
  readonly host: Host;
  /** Of the lock, relative to the working directory. */
  readonly path: string;
  /** What it is taken for, to be told to others. */
  readonly runId: string;
}

/**
 * Takes a lock: null, or in words who holds it. Waits for nobody. A lock whose process has ended on this
 * machine is taken over, so that one that nobody gave back does no harm.
 */
export async function takeLockFile({
  files,
  host,
  path,
  runId,
}: LockRequest): Promise<Result<string | null, FileUnusable>> {
  const identity = (await host.processIdentity(host.pid)) ?? 'unknown';
  const self: Holder = {pid: host.pid, host: host.name, identity, runId};
  return attemptFile(path, async () => {
    const taken = await takeLock(files, host, path, self);
    if (taken === 'taken') return null;
    if (taken === 'unclear') return 'another run';
    return `process ${taken.pid} on ${taken.host} (run ${taken.runId})`;
  });
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
