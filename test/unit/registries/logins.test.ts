import {beforeEach, describe, expect, test} from 'vitest';

import type {RegistrySpec} from '../../../src/config/matrix-file-parts.ts';
import type {LoginAnswer} from '../../../src/ports/registry-check.ts';
import {createLogins} from '../../../src/registries/logins.ts';
import {placesOf} from '../../../src/registries/registry-places.ts';
import {createFakeClock, type FakeClock} from '../../fakes/fake-clock.ts';
import {createFakeEcr, type FakeEcr} from '../../fakes/fake-ecr.ts';
import {createFakeProcesses, type FakeProcesses} from '../../fakes/fake-processes.ts';
import {createFakeRegistryCheck, type FakeRegistryCheck} from '../../fakes/fake-registry-check.ts';

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const registries: Record<string, RegistrySpec> = {
  aws: {type: 'ecr', account: '123456789012', region: 'eu-west-1'},
  hub: {type: 'docker-hub', namespace: 'acme'},
};
const minute = 60_000;

let ecr: FakeEcr;
let check: FakeRegistryCheck;
let processes: FakeProcesses;
let clock: FakeClock;

beforeEach(() => {
  ecr = createFakeEcr();
  check = createFakeRegistryCheck();
  processes = createFakeProcesses();
  processes.on('docker login', {});
  clock = createFakeClock();
});

const open = (...references: string[]) =>
  createLogins(placesOf(references, registries), {ecr, check, processes, clock}, () => undefined);

const commands = () => processes.requests.map(({command, args}) => [command, ...args].join(' '));

const noLogin: Partial<LoginAnswer> = {kind: 'no-login', source: null};

test('a login that docker has and the registry takes is used, and looked at once', async () => {
  const logins = open(`${host}/face:1`, 'docker.io/acme/face:1');
  expect(await logins.ensure()).toBeNull();
  clock.advance(24 * 60 * minute);
  expect(await logins.ensure()).toBeNull();
  expect(check.asked).toEqual([`${host}/face`, 'docker.io/acme/face']);
  expect(ecr.calls).toEqual([]);
  expect(processes.requests).toEqual([]);
});

describe('a registry of Amazon’s without a login', () => {
  beforeEach(() => {
    check.answer(host, noLogin);
  });

  test('is given a token, over standard input alone', async () => {
    expect(await open(`${host}/face:1`).ensure()).toBeNull();
    expect(commands()).toEqual([`docker login --username AWS --password-stdin ${host}`]);
    expect(processes.requests[0]?.input).toBe('a-secret-token');
    expect(JSON.stringify(processes.requests[0]?.args)).not.toContain('secret');
  });

  test('keeps its token until shortly before it expires', async () => {
    ecr.give({expiresAt: clock.now() + 60 * minute});
    const logins = open(`${host}/face:1`);
    await logins.ensure();
    clock.advance(44 * minute);
    await logins.ensure();
    expect(ecr.calls).toHaveLength(1);
    clock.advance(2 * minute);
    ecr.give({expiresAt: clock.now() + 60 * minute});
    await logins.ensure();
    await logins.ensure();
    expect(ecr.calls).toHaveLength(2);
    expect(check.asked).toHaveLength(1);
  });

  test('is not asked at every push for a token that is expired when it comes', async () => {
    ecr.give({expiresAt: Date.UTC(2015, 0, 1)});
    const logins = open(`${host}/face:1`);
    await logins.ensure();
    clock.advance(59_000);
    await logins.ensure();
    expect(ecr.calls).toHaveLength(1);
    clock.advance(2000);
    await logins.ensure();
    expect(ecr.calls).toHaveLength(2);
  });

  test('is logged in to once by pushes that begin together', async () => {
    const logins = open(`${host}/face:1`, `${host}/other:1`);
    await Promise.all(Array.from({length: 8}, () => logins.ensure()));
    expect(commands()).toHaveLength(1);
  });

  test('tells how to get on without AWS credentials', async () => {
    ecr.fail('token', {kind: 'no-credentials', message: 'Could not load credentials'});
    expect(await open(`${host}/face:1`).ensure()).toEqual({
      reason: 'registry-unusable',
      diagnostics: [
        {
          severity: 'error',
          code: 'no-aws-credentials',
          message: `no login for ${host}: Could not load credentials`,
          suggestion: `give AWS credentials (AWS_PROFILE, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, …), or run \`aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin ${host}\``,
        },
      ],
    });
  });

  test('tells what docker said, without the token', async () => {
    processes.on('docker login', {
      exitCode: 1,
      stderr: ['WARNING! plain text', 'Error saving credentials: cannot keep a-secret-token'],
    });
    const refused = await open(`${host}/face:1`).ensure();
    expect(refused?.diagnostics[0]).toMatchObject({
      code: 'docker-login-failed',
      message: `docker could not be logged in to ${host}: Error saving credentials: cannot keep ***`,
    });
  });
});

test('a login in the file that is no longer taken is replaced', async () => {
  check.answer(host, {kind: 'refused', message: '403 Forbidden'});
  expect(await open(`${host}/face:1`).ensure()).toBeNull();
  expect(commands()).toHaveLength(1);
});

test.each([
  [
    'a helper of the host',
    {kind: 'helper', name: 'ecr-login', ofHost: true} as const,
    `${host} does not accept the login that docker-credential-ecr-login gives: 401 Unauthorized`,
    `see what \`echo ${host} | docker-credential-ecr-login get\` says`,
  ],
  [
    'the environment',
    {kind: 'environment'} as const,
    `${host} does not accept the login in DOCKER_AUTH_CONFIG: 401 Unauthorized`,
    'mend or unset DOCKER_AUTH_CONFIG, which wins over all',
  ],
])('a login of %s is never written over', async (_, source, message, suggestion) => {
  check.answer(host, {kind: 'refused', source, message: '401 Unauthorized'});
  const refused = await open(`${host}/face:1`).ensure();
  expect(refused?.diagnostics).toMatchObject([{code: 'login-refused', message, suggestion}]);
  expect(ecr.calls).toEqual([]);
});

test.each([
  [
    noLogin,
    'docker is not logged in to docker.io',
    'run `docker login docker.io`, or `build-matrix login docker.io --username NAME --password-stdin < FILE`',
  ],
  [
    {kind: 'pull-only'} as const,
    'docker.io does not let docker push to acme/face with the login in docker’s configuration file',
    'give it the right to write, or log in as someone who has it',
  ],
])('another registry that would refuse is told (%#)', async (answer, message, suggestion) => {
  check.answer('docker.io', answer);
  const refused = await open('docker.io/acme/face:1').ensure();
  expect(refused?.diagnostics).toMatchObject([{severity: 'error', message, suggestion}]);
});

test('a registry that cannot be looked at from here is left to the push', async () => {
  check.answer('docker.io', {kind: 'unreachable', message: 'no route'});
  expect(await open('docker.io/acme/face:1').ensure()).toBeNull();
});

test('a login that expired all the same is renewed, Amazon’s only', async () => {
  const logins = open(`${host}/face:1`, 'docker.io/acme/face:1');
  await logins.ensure();
  expect(await logins.renew(host)).toBe(true);
  expect(await logins.renew('docker.io')).toBe(false);
  expect(await logins.renew('ghcr.io')).toBe(false);
  expect(commands()).toEqual([`docker login --username AWS --password-stdin ${host}`]);
});
