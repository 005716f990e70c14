import fc from 'fast-check';
import {expect, test} from 'vitest';
import {parseChallenges} from '../../../src/docker/authentication-challenge.ts';

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/x:pull"',
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/x:pull',
        },
      },
    ],
  ],
  ['Basic realm="a \\"b\\", c"', [{scheme: 'basic', parameters: {realm: 'a "b", c'}}]],
  [
    'Negotiate, BASIC Realm=x , charset="UTF-8", Bearer realm = "y"',
    [
      {scheme: 'negotiate', parameters: {}},
      {scheme: 'basic', parameters: {realm: 'x', charset: 'UTF-8'}},
      {scheme: 'bearer', parameters: {realm: 'y'}},
    ],
  ],
  ['', []],
  ['"', []],
])('%s', (header, challenges) => {
  expect(parseChallenges(header)).toEqual(challenges);
});

test('any header is read', () => {
  fc.assert(
    fc.property(fc.string({maxLength: 2000}), (header) => {
      expect(() => parseChallenges(header)).not.toThrow();
    }),
  );
});
