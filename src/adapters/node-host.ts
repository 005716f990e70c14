import {readFile} from 'node:fs/promises';
import {hostname} from 'node:os';

import type {Host} from '../ports/host.ts';

/**
 * This machine and process. A process is known by its start (proc(5), `starttime` of
 * /proc/PID/stat, with the id of the boot), so that a reused pid is told apart; where there is no
 * /proc it is known by its pid alone.
 */
export const nodeHost: Host = {
  name: hostname(),
  pid: process.pid,
  async processIdentity(pid) {
    const boot = await readOrUndefined('/proc/sys/kernel/random/boot_id');
    if (boot === undefined) return isRunning(pid) ? `pid ${pid}` : undefined;
    const stat = await readOrUndefined(`/proc/${pid}/stat`);
    // The program's name stands in parentheses and may itself hold spaces and parentheses.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields ?? [];
    const startTime = fields?.[19];
    // A zombie has ended and only waits for its parent.
    if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
    return `${boot.trim()} ${startTime}`;
  },
};

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
