import {nodeHost} from '../../src/adapters/node-host.ts';

/** True while a process with this id runs; a zombie, which only waits for its parent, does not. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await nodeHost.processIdentity(pid)) !== undefined;
}
