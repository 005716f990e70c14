import {expect, test} from 'vitest';

import {isBuilderLost} from '../../../src/docker/builder-lost.ts';

const step = (name: string) => ({
  step: 'sha256:1',
  name,
  error: 'context deadline exceeded',
  logTail: [],
});

// As they were printed by buildx 0.29.1 when BuildKit 0.32.2 was killed, stopped and not there.
test.each([
  'failed to build: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
  'failed to receive status: rpc error: code = Unavailable desc = closing transport due to: connection error: desc = "error reading from server: EOF", received prior goaway: code: NO_ERROR, debug data: "graceful_stop"',
  'listing workers for Build: failed to list workers: Unavailable: connection error: desc = "transport: Error while dialing: dial unix /run/b.sock: connect: connection refused"',
  'Unavailable: error reading from server: EOF',
  'failed to build: failed to solve: Unavailable: error reading from server: EOF',
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  'failed to solve: Canceled: context canceled',
])('the builder is lost: %s', (error) => {
  expect(isBuilderLost(error, [])).toBe(true);
});

test('a builder that cannot be reached at all is lost', () => {
  const failed = [step('[internal] waiting for connection')];
  expect(isBuilderLost('failed to build: context deadline exceeded', failed)).toBe(true);
  expect(isBuilderLost('context deadline exceeded', [step('[internal] load metadata')])).toBe(
    false,
  );
});

test.each([
  'failed to solve: process "/bin/sh -c echo code = Unavailable" did not complete successfully: exit code: 1',
  'failed to solve: failed to push r/x: failed to do request: dial tcp: connect: connection refused',
  'failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN',
  '',
])('the builder is not lost: %s', (error) => {
  expect(isBuilderLost(error, [])).toBe(false);
});
