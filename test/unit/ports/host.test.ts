import {spawn} from 'node:child_process';
import {once} from 'node:events';

import {expect, test} from 'vitest';

import {nodeHost} from '../../../src/adapters/node-host.ts';
import {createFakeHost} from '../../fakes/fake-host.ts';
import {describeHost} from './host.contract.ts';

describeHost('fake', createFakeHost(), () => Promise.resolve(4711));

describeHost('node', nodeHost, async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? Number.NaN;
});

test('two processes that run differ', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  try {
    const identity = await nodeHost.processIdentity(child.pid ?? Number.NaN);
    expect(identity).toMatch(/./);
    expect(identity).not.toBe(await nodeHost.processIdentity(process.pid));
  } finally {
    child.kill('SIGKILL');
  }
});
