import {readIfAny} from './files.ts';
import {systemCode} from './errors.ts';

/** Names one process for good: a process id alone is used again, and starts over after a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time; empty where /proc does not tell. */
  readonly born: string;
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const stat = await readIfAny(`/proc/${pid}/stat`);
  if (stat === undefined) {
    return {pid, born: ''};
  }
  const boot = (await readIfAny('/proc/sys/kernel/random/boot_id')) ?? '';
  // The name in parentheses may hold spaces; the start time is the 20th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {pid, born: `${boot.trim()}/${fields[19] ?? ''}`};
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') {
      return false;
    }
  }
  const stat = await readIfAny(`/proc/${identity.pid}/stat`);
  if (stat?.slice(stat.lastIndexOf(')') + 2).startsWith('Z') === true) {
    return false;
  }
  return (await identityOf(identity.pid)).born === identity.born;
}

/** Asks again and again until the answer is yes or the time is over. */
export async function until(
  question: () => Promise<boolean>,
  timeoutMs: number,
  everyMs = 50,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await question()) {
      return true;
    }
    if (performance.now() > end) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
