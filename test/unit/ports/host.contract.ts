import {describe, expect, test} from 'vitest';

import type {Host} from '../../../src/ports/host.ts';

/** What every `Host` must do. `deadPid` is the id of a process that has ended. */
export function describeHost(name: string, host: Host, deadPid: () => Promise<number>): void {
  describe(`host: ${name}`, () => {
    test('a process that runs keeps its identity', async () => {
      const identity = await host.processIdentity(host.pid);
      expect(identity).toMatch(/./);
      expect(await host.processIdentity(host.pid)).toBe(identity);
    });

    test('a process that has ended has none', async () => {
      expect(await host.processIdentity(await deadPid())).toBeUndefined();
    });

    test('the host has a name', () => {
      expect(host.name).toMatch(/./);
    });
  });
}
