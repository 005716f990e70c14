import {expect, test} from 'vitest';

import {maskCredentials} from '../../../src/model/url-credentials.ts';

test.each([
  ['context: https://me:pw@host/x.git#main', 'context: https://*****@host/x.git#main'],
  ['{context: "HTTPS://token@host/x"}', '{context: "HTTPS://*****@host/x"}'],
  ['https://me:p/w@host/x', 'https://******@host/x'],
  ['https://me:p?w#/x@host/a@1', 'https://*********@host/a@1'],
  ['https://me:p/w@2@host/a@b', 'https://********@host/a@b'],
  ['https://me:2/w3@host:5000', 'https://me:2/w3@host:5000'],
  ['https://me:pw@host:8080/a@b', 'https://*****@host:8080/a@b'],
  ['git+https://token@host/x', 'git+https://*****@host/x'],
  ['redis://:pw@host/0 postgres://me:p/w@db', 'redis://***@host/0 postgres://******@db'],
  ['https://me:p@w@host/x', 'https://******@host/x'],
  ['ssh://git:pw@host/x git:pw@host:x', 'ssh://******@host/x ******@host:x'],
  ['cpu.context=https://a:b@h and http://c@h', 'cpu.context=https://***@h and http://*@h'],
  ['url: me:pw@registry:5000', 'url: *****@registry:5000'],
  [
    'me:pw@10.0.0.7/x me:pw@10.0.0.7:5000 me:pw@10/x',
    '*****@10.0.0.7/x *****@10.0.0.7:5000 *****@10/x',
  ],
])('%s is shown as %s', (text, shown) => {
  expect(maskCredentials(text)).toBe(shown);
});

test.each([
  'ssh://git@host:22/x.git',
  'git@github.com:acme/x.git',
  'https://host:8080/a@b',
  'https://host:{vars.port}/a@b',
  'https://host:${PORT}/a@b',
  'https://[::1]:5000/a@b',
  'docker-image://busybox:1.36@sha256:0123',
  'unix:///run/a:b@c',
  'https://host/x.git#a@b',
  'http://host:5000?a@b',
  'busybox:1.36@sha256:0123',
  'docker-image://host:5000/busybox:1.36@sha256:0123',
  'oci-layout://images:latest@sha256:0123',
  'maintainer: me@example.com',
  'npm:string-width@4.2.3 npm:x@^1 workspace:y@v2.0.0-beta.1',
])('%s has no credentials', (text) => {
  expect(maskCredentials(text)).toBe(text);
});

test('takes time in proportion to the text, whatever it is', () => {
  for (const part of ['https://a:b', 'a:b,', 'a.', 'x://a:/', 'https://a:b/@', '@', 'a:@']) {
    const text = `${part.repeat(400_000 / part.length)} x@y`;
    const start = performance.now();
    maskCredentials(text);
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
