import {describe, expect, test} from 'vitest';
import {
  credentialHelper,
  environmentCredentials,
  loginKey,
  parseDockerConfig,
  parseHelperAnswer,
  storedCredentials,
} from '../../../src/docker/docker-config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const configOf = (json: object) => parseDockerConfig(JSON.stringify(json));

describe('a login in the file', () => {
  const config = configOf({
    auths: {
      'r.io': {auth: base64('ann:pass:word')},
      'https://old.io/v1/': {auth: base64('bob:x\0\0')},
      'https://index.docker.io/v1/': {auth: base64('hub:y')},
      'token.io': {auth: base64('ann:'), identitytoken: 'refresh'},
      'plain.io': {username: 'ann', password: 'z'},
      'empty.io': {},
      'broken.io': 7,
    },
  });
  const found = (host: string) => storedCredentials(config, loginKey(host));

  test.each([
    ['r.io', {kind: 'password', username: 'ann', password: 'pass:word'}],
    ['old.io', {kind: 'password', username: 'bob', password: 'x'}],
    ['docker.io', {kind: 'password', username: 'hub', password: 'y'}],
    ['token.io', {kind: 'identity-token', token: 'refresh'}],
    ['plain.io', {kind: 'password', username: 'ann', password: 'z'}],
    ['empty.io', undefined],
    ['broken.io', undefined],
    ['none.io', undefined],
  ])('of %s', (host, credentials) => {
    expect(found(host)).toEqual(credentials);
  });
});

describe('a login in DOCKER_AUTH_CONFIG', () => {
  const found = (text: string | undefined, host = 'r.io') =>
    environmentCredentials(text, loginKey(host));
  const good = {auth: base64('ann:pass:word')};

  test('is found under the key that docker uses, and no other', () => {
    const text = JSON.stringify({
      auths: {'r.io': good, 'https://old.io/v1/': good, 'https://index.docker.io/v1/': good},
    });
    const ann = {kind: 'password', username: 'ann', password: 'pass:word'};
    expect(found(text)).toEqual(ann);
    expect(found(text, 'docker.io')).toEqual(ann);
    expect(found(text, 'old.io')).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    '{}',
    'null',
    '{"auths": null}',
    ...[
      {auths: {'r.io': good}, credsStore: 'desktop'},
      {auths: {'r.io': {...good, email: 'x'}}},
      {auths: {'r.io': good, 'other.io': {}}},
      {auths: {'r.io': good, 'other.io': {auth: ''}}},
      {auths: {'r.io': good, 'other.io': {auth: base64('no colon')}}},
      {auths: {'r.io': good, 'other.io': {auth: base64(':no user')}}},
      {auths: {'r.io': {auth: base64('ann:x').replace(/=*$/, '')}}},
      {auths: {'r.io': {auth: `${base64('ann:x')}!`}}},
    ].map((json) => JSON.stringify(json)),
    `${JSON.stringify({auths: {'r.io': good}})} {}`,
  ])('counts for nothing when any of it is not valid: %s', (text) => {
    expect(found(text)).toBeUndefined();
  });
});

test('a helper for one registry wins over the store for all', () => {
  const config = configOf({credHelpers: {'r.io': 'ecr-login'}, credsStore: 'desktop'});
  expect(credentialHelper(config, 'r.io')).toBe('ecr-login');
  expect(credentialHelper(config, 'x.io')).toBe('desktop');
  expect(credentialHelper(configOf({}), 'x.io')).toBeUndefined();
});

test('a helper whose name is a path is none', () => {
  expect(credentialHelper(configOf({credsStore: '../../bin/sh'}), 'x.io')).toBeUndefined();
});

test.each([undefined, '', '{', '[]', 'null', '{"auths": 7, "credsStore": {}}'])(
  'a configuration that is none counts as empty: %j',
  (text) => {
    expect(parseDockerConfig(text)).toEqual({auths: {}, credHelpers: {}, credsStore: ''});
  },
);

test.each([
  [
    '{"ServerURL":"r.io","Username":"ann","Secret":"x"}',
    {kind: 'password', username: 'ann', password: 'x'},
  ],
  ['{"Username":"<token>","Secret":"refresh"}', {kind: 'identity-token', token: 'refresh'}],
  ['{"Username":"","Secret":""}', undefined],
  ['credentials not found in native keychain', undefined],
])('a helper that prints %s', (stdout, credentials) => {
  expect(parseHelperAnswer(stdout)).toEqual(credentials);
});
