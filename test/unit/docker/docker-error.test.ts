import {expect, test} from 'vitest';
import {dockerError} from '../../../src/docker/docker-error.ts';

test('of imagetools create the error is what follows its last ERROR', () => {
  const lines = [
    '#1 ERROR: failed commit on ref "x": 400 Bad Request',
    'unknown: The image tag',
    '------',
    ' > [internal] pushing h:5000/a:2:',
    '------',
    'ERROR: failed commit on ref "x": 400 Bad Request',
    "unknown: The image tag '2' already exists",
    '',
  ];
  expect(dockerError(lines)).toBe(
    'failed commit on ref "x": 400 Bad Request\nunknown: The image tag \'2\' already exists',
  );
});

test('of docker push it is what is no progress', () => {
  const lines = [
    'The push refers to repository [127.0.0.1:5000/denied/503]',
    'a8ac848814f3: Waiting',
    'a8ac848814f3: Pushed',
    'error from registry: toomanyrequests',
    'toomanyrequests',
    '',
  ];
  expect(dockerError(lines)).toBe('error from registry: toomanyrequests\ntoomanyrequests');
});

test('without an error there is none', () => {
  expect(dockerError([])).toBe('');
});
