import {expect, test} from 'vitest';
import {hideLogins} from '../../../src/model/hide-logins.ts';

const basic = btoa('me:secret password');

test.each([
  [`denied: you sent Basic ${basic}, no`, `denied: you sent Basic ${'*'.repeat(basic.length)}, no`],
  [
    `{"authorization":"Bearer eyJhbGciOiJSUzI1NiJ9.e30.x_-y"}`,
    `{"authorization":"Bearer ${'*'.repeat(29)}"}`,
  ],
  [
    `Basic\t${basic} Bearer abcdefghijklmnopqrstuvwxyz`,
    `Basic\t${'*'.repeat(basic.length)} Bearer ${'*'.repeat(26)}`,
  ],
])('%s', (text, hidden) => {
  expect(hideLogins(text)).toBe(hidden);
});

test.each([
  'Basic authentication is off',
  'Basic realm="registry"',
  'Bearer realm="https://auth.docker.io/token"',
  'Bearer token expected',
  'no login at all',
])('%s stays as it is', (text) => {
  expect(hideLogins(text)).toBe(text);
});
