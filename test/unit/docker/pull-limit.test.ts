import {expect, test} from 'vitest';

import {fewPullsLeft, pullLimitOf} from '../../../src/docker/pull-limit.ts';

const read = (headers: Readonly<Record<string, string>>) =>
  pullLimitOf((name) => headers[name] ?? null);

test('reads Docker Hub’s headers', () => {
  const headers = {'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600'};
  const limit = {limit: 100, remaining: 76, windowSeconds: 21_600};
  expect(read(headers)).toEqual({...limit, countedFor: null});
  expect(read({...headers, 'docker-ratelimit-source': '203.0.113.7'})).toEqual({
    ...limit,
    countedFor: '203.0.113.7',
  });
});

test.each([
  [{}],
  [{'ratelimit-limit': '100'}],
  [{'ratelimit-limit': 'many', 'ratelimit-remaining': '3'}],
])('is silent where %j tells nothing', (headers) => {
  expect(read(headers)).toBeUndefined();
});

test('warns when a tenth is left', () => {
  const pulls = {limit: 100, remaining: 11, windowSeconds: 21_600, countedFor: '203.0.113.7'};
  expect(fewPullsLeft(pulls)).toBeUndefined();
  expect(fewPullsLeft({...pulls, remaining: 10})).toEqual({
    severity: 'warning',
    code: 'few-pulls-left',
    message: 'Docker Hub allows 10 more pulls of 100 within 6 h, counted for 203.0.113.7',
    suggestion: 'log in with `docker login`, or read base images from a mirror (`mirrors`)',
  });
});
