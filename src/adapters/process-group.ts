import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

const pollMs = 20;
const killedWithinMs = 1000;

/**
 * Resolves when nothing of the process group is left: SIGTERM, and SIGKILL after `killAfterMs`. execa
 * waits for the leader and for its pipes; a descendant that closed both outlives them, even one that
 * ignored the SIGTERM of a cancel.
 */
export async function endGroup(leader: number, killAfterMs: number): Promise<void> {
  if (!isAlive(leader)) return;
  signalGroup(leader, 'SIGTERM');
  if (await isGone(leader, killAfterMs)) return;
  signalGroup(leader, 'SIGKILL');
  await isGone(leader, killedWithinMs);
}

/** False when there is no such group any more (or none that we may signal). */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

async function isGone(leader: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += pollMs) {
    await sleep(pollMs);
    if (!isAlive(leader)) return true;
  }
  return false;
}

/**
 * A group of which only zombies are left can still be signalled. Orphans are reaped by process 1,
 * which in many containers does that late or never.
 */
function isAlive(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false;
  return process.platform !== 'linux' || membersOf(leader).some((state) => !/[ZX]/u.test(state));
}

/** States of the members, from `/proc/PID/stat` (proc_pid_stat(5)): `pid (comm) state ppid pgrp …`. */
function membersOf(leader: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      const stat = readUnlessGone(`/proc/${pid}/stat`);
      const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return group === String(leader) ? [state] : [];
    });
}

function readUnlessGone(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
