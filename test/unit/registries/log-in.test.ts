import {beforeEach, describe, expect, test} from 'vitest';

import type {RegistrySpec} from '../../../src/config/matrix-file-parts.ts';
import {createFindings} from '../../../src/plan/findings.ts';
import {chooseRegistries} from '../../../src/registries/choose-registries.ts';
import {logIn, loginVariables, type LogInRequest} from '../../../src/registries/log-in.ts';
import {placesOf} from '../../../src/registries/registry-places.ts';
import {formatLogins} from '../../../src/render/logins-text.ts';
import {createFakeEcr, type FakeEcr} from '../../fakes/fake-ecr.ts';
import {createFakeProcesses, type FakeProcesses} from '../../fakes/fake-processes.ts';
import {createFakeRegistryCheck, type FakeRegistryCheck} from '../../fakes/fake-registry-check.ts';
import {plainStyle} from '../render/sample-run.ts';

const aws = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const registries: Record<string, RegistrySpec> = {
  aws: {type: 'ecr', account: '123456789012', region: 'eu-west-1'},
  hub: {type: 'docker-hub', namespace: 'acme'},
};

let ecr: FakeEcr;
let check: FakeRegistryCheck;
let processes: FakeProcesses;

beforeEach(() => {
  ecr = createFakeEcr();
  check = createFakeRegistryCheck();
  processes = createFakeProcesses();
  processes.on('docker login', {});
});

const noLogin = {kind: 'no-login', source: null} as const;
const ann = {username: 'ann', password: 'secret'};

function logInTo(reference: string, changes: Partial<LogInRequest> = {}) {
  const [place] = placesOf([reference], registries);
  if (place === undefined) throw new Error(reference);
  return logIn({
    ...{place, given: null, checkOnly: false, ports: {ecr, check, processes}},
    signal: new AbortController().signal,
    ...changes,
  });
}

describe('docker is logged in', () => {
  test('to Amazon’s registries with a token, where there is no login', async () => {
    check.answer(aws, noLogin, {});
    expect(await logInTo(`${aws}/face`)).toMatchObject({isNew: true, problem: null});
    expect(processes.requests[0]?.input).toBe('a-secret-token');
  });

  test('not where its login is taken already', async () => {
    expect(await logInTo(`${aws}/face`)).toMatchObject({isNew: false, problem: null});
    expect(await logInTo('docker.io/acme/face', {given: {...ann, isAsked: false}})).toMatchObject({
      isNew: false,
    });
    expect(processes.requests).toEqual([]);
  });

  test('with a login that is asked for, whatever it has', async () => {
    const given = {...ann, isAsked: true};
    expect(await logInTo('docker.io/acme/face', {given})).toMatchObject({isNew: true});
    expect(processes.requests[0]?.args).toContain('ann');
  });

  test('never when it is only to be looked', async () => {
    check.answer(aws, noLogin);
    expect(await logInTo(`${aws}/face`, {checkOnly: true})).toMatchObject({
      isNew: false,
      problem: {message: `docker is not logged in to ${aws}`},
    });
    expect([processes.requests, ecr.calls]).toEqual([[], []]);
  });

  test('not without a name and a password for other registries', async () => {
    check.answer('docker.io', noLogin);
    expect((await logInTo('docker.io/acme/face')).problem).toMatchObject({
      message: 'docker is not logged in to docker.io',
      suggestion:
        'name it with --username, and give a password or token by --password-stdin, or set BUILD_MATRIX_LOGIN_DOCKER_IO_USERNAME and BUILD_MATRIX_LOGIN_DOCKER_IO_PASSWORD',
    });
  });

  test('not to what does not answer', async () => {
    check.answer(aws, {kind: 'unreachable', message: `cannot reach ${aws}: ENOTFOUND`});
    expect((await logInTo(`${aws}/face`)).problem).toMatchObject({code: 'registry-unreachable'});
    expect(ecr.calls).toEqual([]);
  });
});

test('variables belong to one host alone', () => {
  const nameOf = (host: string) => loginVariables(host).username;
  expect(nameOf('ghcr.io')).toBe('BUILD_MATRIX_LOGIN_GHCR_IO_USERNAME');
  expect(nameOf('a-b.example')).not.toBe(nameOf('a.b.example'));
  expect(nameOf('localhost:5000')).toBe('BUILD_MATRIX_LOGIN_LOCALHOST_5000_USERNAME');
});

describe('the registries that are meant', () => {
  const choose = (...named: string[]) =>
    chooseRegistries(
      named,
      {registries, images: {face: {repository: 'team/face', targets: {}}}},
      createFindings(() => undefined),
    );
  const repositories = (...named: string[]) => {
    const chosen = choose(...named);
    return chosen.ok ? chosen.value.map(({repository}) => repository) : chosen.error;
  };

  test('are all of the file, or those that are named', () => {
    expect(repositories()).toEqual([`${aws}/team/face`, 'docker.io/acme/team/face']);
    expect(repositories('hub')).toEqual(['docker.io/acme/team/face']);
    expect(repositories('ghcr.io')).toEqual(['ghcr.io/team/face']);
  });

  test('exist', () => {
    expect(repositories('hup')).toEqual({
      message: 'hup: no registry of this name, and not a host',
      suggestion: 'did you mean `hub`?',
    });
  });
});

test('a table tells where logins are from and what they are good for', async () => {
  check.answer('docker.io', {
    pulls: {limit: 200, remaining: 87, windowSeconds: 21_600, countedFor: null},
    source: {kind: 'helper', name: 'pass', ofHost: false},
  });
  check.answer(aws, {kind: 'refused', source: {kind: 'environment'}, message: '401'});
  const results = [
    await logInTo('docker.io/acme/face'),
    await logInTo(`${aws}/face`, {checkOnly: true}),
  ];
  expect(formatLogins(results, {...plainStyle(), columns: 120}).split('\n')).toEqual([
    'REGISTRY  HOST                                          LOGIN                   PUSH      PULLS LEFT',
    'hub       docker.io                                     docker-credential-pass  accepted  87 of 200 in 6 h',
    `aws       ${aws}  DOCKER_AUTH_CONFIG      refused`,
  ]);
});
