import {readdir, readFile, rmdir} from 'node:fs/promises';
import {join} from 'node:path';
import {until} from './alive.ts';
import {readIfAny} from './files.ts';
import {attempt} from './shell.ts';

/**
 * An environment variable that every daemon carries and that its children inherit, containerd and
 * its shims included. It finds what a killed daemon left behind, even after .engine was removed.
 */
export const MARKER = 'BUILD_MATRIX_ENGINE_PART';

export function marker(id: string, part: string): string {
  return `${id}:${part}`;
}

/** The control group of a daemon's containers, which do not carry the marker; without a part, all. */
export function cgroupParent(id: string, part?: string): string {
  return part === undefined ? `/bm-${id}` : `/bm-${id}/${part}`;
}

/** Kills every process that carries exactly this marker, or any part of the clone when it ends in ':'. */
export async function killMarked(mark: string): Promise<void> {
  await killUntilNone(async (pid) => {
    const environment = await readIfAny(`/proc/${pid}/environ`).catch(() => undefined);
    return (
      environment
        ?.split('\0')
        .some(
          (entry) =>
            entry === `${MARKER}=${mark}` ||
            (mark.endsWith(':') && entry.startsWith(`${MARKER}=${mark}`)),
        ) ?? false
    );
  });
}

/** Kills what still runs in containers below this control group and removes the group. */
export async function clearCgroup(parent: string): Promise<void> {
  await killUntilNone(async (pid) => {
    const groups = await readIfAny(`/proc/${pid}/cgroup`).catch(() => undefined);
    return (
      groups?.split('\n').some((line) => line.endsWith(parent) || line.includes(`${parent}/`)) ??
      false
    );
  });
  for (const mount of await mountPoints((type) => type.startsWith('cgroup'))) {
    await removeTree(join(mount, parent));
  }
}

/** Unmounts everything at or below these folders, the newest first. */
export async function unmountBelow(folders: readonly string[]): Promise<void> {
  const inside = (point: string): boolean =>
    folders.some((folder) => point === folder || point.startsWith(`${folder}/`));
  for (const point of (await mountPoints(() => true)).filter(inside).reverse()) {
    const gone = await attempt('umount', [point]);
    if (gone.code !== 0) {
      // Something still looks into it; detached, it goes away with the last user.
      await attempt('umount', ['-l', point]);
    }
  }
}

export async function anyMarked(id: string): Promise<boolean> {
  for (const pid of await processIds()) {
    const environment = await readIfAny(`/proc/${pid}/environ`).catch(() => undefined);
    if (environment?.includes(`${MARKER}=${id}:`) === true) {
      return true;
    }
  }
  return false;
}

async function killUntilNone(wanted: (pid: number) => Promise<boolean>): Promise<void> {
  await until(async () => {
    const found: number[] = [];
    for (const pid of await processIds()) {
      if (pid !== process.pid && (await wanted(pid))) {
        found.push(pid);
      }
    }
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in the meantime.
      }
    }
    return found.length === 0;
  }, 10_000);
}

async function processIds(): Promise<readonly number[]> {
  // Where there is no /proc (the machine's own docker on another system) nothing of ours runs.
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** In mounting order. */
async function mountPoints(wanted: (type: string) => boolean): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const type = fields[fields.indexOf('-') + 1];
    const point = fields[4];
    return point !== undefined && type !== undefined && wanted(type) ? [unescape(point)] : [];
  });
}

/** mountinfo writes a space in a path as \040. */
function unescape(point: string): string {
  return point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
}

/** A control group is removed with rmdir, children first; its files cannot be unlinked. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) {
      await removeTree(join(folder, entry.name));
    }
  }
  await rmdir(folder).catch(() => undefined);
}
