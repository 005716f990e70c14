import {expect, test} from 'vitest';

import type {StepStarted} from '../../../src/events/event.ts';
import {watchSilence} from '../../../src/run/silence-watch.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {createFakeProbe} from '../../fakes/fake-probe.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';

const started = (name: string): StepStarted => ({
  ...{type: 'step-started', at: 0, target: 'face/cpu', step: name, name},
});
const there = {upload: null, manifest: {status: 200, statusText: 'OK', said: ''}};

function watch(probe = createFakeProbe()) {
  const clock = createFakeClock();
  const waiting = createFakeWaiting();
  const silence = watchSilence({clock, probe, waiting}, 'r.io/face:1');
  /** So many seconds later, and what was asked by then has been answered. */
  const later = async (seconds: number): Promise<void> => {
    clock.advance(seconds * 1000);
    waiting.tick();
    await new Promise(setImmediate);
  };
  return {probe, silence, later};
}

test('a registry that answers neither the builder nor us ends the build', async () => {
  const {probe, silence, later} = watch();
  silence.see(started('exporting to image'));
  await later(20);
  expect(probe.asked).toEqual([]);
  await later(10);
  expect(probe.asked).toEqual([{repository: 'r.io/face', reference: '1', action: 'pull'}]);
  expect(silence.signal.aborted).toBe(true);
  expect(silence.stop()).toMatchObject({
    ...{kind: 'timeout', passing: true, because: 'r.io did not answer in time'},
    message: 'r.io/face:1: no response for 30 s, and cannot reach it',
  });
});

test('a base image is asked for by its own name', async () => {
  const {probe, silence, later} = watch();
  silence.see(started('load metadata for docker.io/library/python:3.12'));
  await later(30);
  expect(probe.asked).toEqual([
    {repository: 'docker.io/library/python', reference: '3.12', action: 'pull'},
  ]);
  expect(silence.stop()).toMatchObject({kind: 'timeout', subject: {action: 'pull'}});
});

test('a slow upload goes on while the registry answers us', async () => {
  const {probe, silence, later} = watch(createFakeProbe(there));
  silence.see(started('exporting to image'));
  await later(30);
  await later(30);
  expect(probe.asked).toHaveLength(2);
  expect(silence.signal.aborted).toBe(false);
  expect(silence.stop()).toBeUndefined();
});

test('a step that waits for no registry may be silent for hours', async () => {
  const {probe, silence, later} = watch();
  silence.see(started('RUN make'));
  await later(7200);
  expect(probe.asked).toEqual([]);
  expect(silence.stop()).toBeUndefined();
});

test('after the build nothing is asked any more', async () => {
  const {probe, silence, later} = watch();
  silence.see(started('exporting to image'));
  silence.stop();
  await later(60);
  expect(probe.asked).toEqual([]);
});
