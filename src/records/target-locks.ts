import type {EngineUnusable, FileUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import type {Host} from '../ports/host.ts';
import {attemptFile} from './file-attempt.ts';
import {takeLockFile} from './lock-file.ts';
import {lockFileOf} from './state-folder.ts';

/** Locks that this run holds. */
export interface HeldLocks {
  /** Gives every lock back. Never fails: a lock that stays is recognised as stale by the next run. */
  release(): Promise<void>;
}

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
  const {files, host, runId} = request;
  const held: string[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(held.map((path) => attemptFile(path, () => files.remove(path))));
  };

  for (const target of request.targets) {
    const path = lockFileOf(target);
    const holder = await takeLockFile({files, host, path, runId});
    if (!holder.ok || holder.value !== null) await release();
    if (!holder.ok) return holder;
    if (holder.value !== null) return err(busy(target, path, holder.value));
    held.push(path);
  }
  return ok({release});
}

function busy(target: string, path: string, holder: string): EngineUnusable {
  return {
    reason: 'engine-unusable',
    problem: 'state-busy',
    message: `${target} is being built by ${holder}`,
    remedy: `Wait until it has ended. If no such run is left, delete ${path} and try again.`,
  };
}
