import {expect, test} from 'vitest';

import {dockerLogin} from '../../../src/docker/docker-login.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';

const login = {host: 'ghcr.io', username: 'ann', password: 'secret'};

test('the password goes over standard input alone', async () => {
  const processes = createFakeProcesses();
  processes.on('docker login', {});
  expect(await dockerLogin(processes, login)).toEqual({ok: true, value: undefined});
  expect(processes.requests).toMatchObject([
    {args: ['login', '--username', 'ann', '--password-stdin', 'ghcr.io'], input: 'secret'},
  ]);
});

test('Docker Hub is named by no host', async () => {
  const processes = createFakeProcesses();
  processes.on('docker login', {});
  await dockerLogin(processes, {...login, host: 'docker.io'});
  expect(processes.requests[0]?.args).toEqual(['login', '--username', 'ann', '--password-stdin']);
});

test.each([
  [
    {exitCode: 1, stderr: ['Error response from daemon: failed with status: 401 Unauthorized', '']},
    'Error response from daemon: failed with status: 401 Unauthorized',
  ],
  [{exitCode: 1, stderr: ['Error: helper printed secret']}, 'helper printed ***'],
  [{exitCode: 1, stderr: ['WARNING! unencrypted']}, 'docker login failed'],
  [{failure: {kind: 'not-found', command: 'docker'} as const}, 'docker was not found on PATH'],
  [{failure: {kind: 'timed-out', afterMs: 1} as const}, 'docker login was timed-out'],
])('tells what docker said (%#)', async (script, message) => {
  const processes = createFakeProcesses();
  processes.on('docker login', script);
  expect(await dockerLogin(processes, login)).toEqual({ok: false, error: message});
});
