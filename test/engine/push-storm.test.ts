import {expect, test} from 'vitest';

import {engineRegistry} from '../rig/fault-run.ts';
import {pushStorm} from '../rig/push-storm.ts';

test('a storm of faults ends with every digest right', async () => {
  const storm = await pushStorm(12, engineRegistry(), {tags: true});
  expect(storm).toMatchObject({ended: {exitCode: 0}, right: 12, pushesHit: 12});
  // BuildKit gives up on what is limited or forbidden: those tries are ours.
  expect(storm.retries).toBeGreaterThan(0);
  expect(storm.faulted).toBeGreaterThanOrEqual(2 * 12);
});
