import {describe, expect} from 'vitest';

import {test} from '../rig/command-rig.ts';
import {isAlive} from '../rig/is-alive.ts';
import {latestRecord, outcomesOf} from '../rig/latest-record.ts';
import {writeThreeTargets} from '../rig/three-targets.ts';

/** From the first signal to the end of the command. */
const withinMs = 1000;

describe('a build that is stopped', () => {
  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends within a second, with %i and a record', async ([signal, code], {rig}) => {
    await writeThreeTargets(rig);
    const command = rig.start(['build', '--concurrency', '2']);
    await (await rig.docker.nextBuild('one')).succeed();
    const two = await rig.docker.nextBuild('two');
    const three = await rig.docker.nextBuild('three');

    const stoppedAt = performance.now();
    command.kill(signal);
    const {exitCode} = await command.ended;
    expect(performance.now() - stoppedAt).toBeLessThan(withinMs);
    expect(exitCode).toBe(code);

    expect([two.signals, three.signals]).toEqual([['SIGTERM'], ['SIGTERM']]);
    expect([await isAlive(two.pid), await isAlive(three.pid)]).toEqual([false, false]);
    const record = await latestRecord(rig.folder);
    expect(record.outcome).toBe('interrupted');
    expect(record.finishedAt).not.toBeNull();
    expect(outcomesOf(record)).toEqual({one: 'succeeded', two: 'aborted', three: 'aborted'});
  });

  test('leaves no grandchild, even one that ignores SIGTERM', async ({rig}) => {
    await writeThreeTargets(rig);
    const command = rig.start(['build', 'one']);
    const one = await rig.docker.nextBuild('one');
    const child = await one.startChild();
    expect(await isAlive(child)).toBe(true);
    const stoppedAt = performance.now();
    command.kill('SIGINT');
    expect((await command.ended).exitCode).toBe(130);
    expect(performance.now() - stoppedAt).toBeLessThan(2 * withinMs);
    expect([await isAlive(one.pid), await isAlive(child)]).toEqual([false, false]);
  });

  test('for the second time kills what does not want to end', async ({rig}) => {
    await writeThreeTargets(rig);
    const command = rig.start(['build', 'one']);
    const one = await rig.docker.nextBuild('one');
    one.ignoreSignals();
    const child = await one.startChild();
    command.kill('SIGINT');
    await expect.poll(() => one.signals).toEqual(['SIGTERM']);

    const stoppedAt = performance.now();
    command.kill('SIGINT');
    expect((await command.ended).exitCode).toBe(130);
    expect(performance.now() - stoppedAt).toBeLessThan(withinMs);
    expect([await isAlive(one.pid), await isAlive(child)]).toEqual([false, false]);
    const record = await latestRecord(rig.folder);
    expect(record.outcome).toBe('interrupted');
    expect(outcomesOf(record)).toEqual({one: 'aborted'});
  });

  test('gives its locks back, so that the next one can begin', async ({rig}) => {
    await writeThreeTargets(rig);
    const stopped = rig.start(['build', 'one']);
    await rig.docker.nextBuild('one');
    stopped.kill('SIGINT');
    await stopped.ended;

    const again = rig.start(['build', 'one']);
    await (await rig.docker.nextBuild('one')).succeed();
    expect((await again.ended).exitCode).toBe(0);
  });
});

test('a build that is killed leaves a record of what was done, and its locks hinder nobody', async ({
  rig,
}) => {
  await writeThreeTargets(rig);
  const command = rig.start(['build', '--concurrency', '1']);
  await (await rig.docker.nextBuild('one')).succeed();
  const two = await rig.docker.nextBuild('two');
  command.kill('SIGKILL');
  await command.ended;
  process.kill(two.pid, 'SIGKILL');
  await two.ended;

  const record = await latestRecord(rig.folder);
  expect(record).toMatchObject({outcome: 'running', finishedAt: null});
  expect(outcomesOf(record)).toEqual({one: 'succeeded', two: 'running', three: 'unstarted'});

  const again = rig.start(['build', 'two']);
  await (await rig.docker.nextBuild('two')).succeed();
  expect((await again.ended).exitCode).toBe(0);
});
