import type {Host} from '../../src/ports/host.ts';

/** A machine with the processes that are named here (pid -> identity), its own among them. */
export function createFakeHost(
  processes: Readonly<Record<number, string>> = {100: 'self'},
  pid = 100,
  name = 'laptop',
): Host {
  return {name, pid, processIdentity: (id) => Promise.resolve(processes[id])};
}
