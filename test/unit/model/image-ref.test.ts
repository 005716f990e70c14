import fc from 'fast-check';
import {expect, test} from 'vitest';

import {
  canonicalRef,
  checkHost,
  checkRepository,
  checkTag,
  familiarRef,
  parseImageRef,
  repositoryOf,
  type ImageRef,
} from '../../../src/model/image-ref.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

// After TestParseRepositoryInfo and TestParseReferenceWithTagAndDigest of distribution/reference.
test.each([
  ['python', 'docker.io/library/python', 'python'],
  ['python:3.12-slim', 'docker.io/library/python:3.12-slim', 'python:3.12-slim'],
  ['docker.io/python', 'docker.io/library/python', 'python'],
  ['index.docker.io/library/python', 'docker.io/library/python', 'python'],
  ['pytorch/pytorch:2.8.0', 'docker.io/pytorch/pytorch:2.8.0', 'pytorch/pytorch:2.8.0'],
  ['docker.io/library/a/b', 'docker.io/library/a/b', 'library/a/b'],
  ['localhost/app', 'localhost/app', 'localhost/app'],
  ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
  ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
  ['Registry/app', 'Registry/app', 'Registry/app'],
  ['docker.io/a.b/app', 'docker.io/a.b/app', 'docker.io/a.b/app'],
  [
    `nvcr.io/nvidia/l4t:r35@${digest}`,
    `nvcr.io/nvidia/l4t:r35@${digest}`,
    `nvcr.io/nvidia/l4t:r35@${digest}`,
  ],
  [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`],
])('%s is %s, and %s for people', (text, canonical, familiar) => {
  const ref = parseImageRef(text);
  expect(ref.ok && canonicalRef(ref.value)).toBe(canonical);
  expect(ref.ok && familiarRef(ref.value)).toBe(familiar);
});

test.each([
  ['Python', 'invalid repository name `Python`', 'repository names are lower-case: `python`'],
  [
    'acme/app:',
    'invalid tag ``',
    'a tag has letters, digits, `_`, `.` and `-`, and starts with a letter, a digit or `_`',
  ],
  ['acme/app@sha256:12', '`sha256:12` is not a digest', 'write `sha256:` and 64 hex digits'],
  [
    'a..b/app',
    'invalid registry host `a..b`',
    'write a host with an optional port, such as `registry.example.com:5000`',
  ],
  [
    'host:port/app',
    'invalid registry host `host:port`',
    'write a host with an optional port, such as `registry.example.com:5000`',
  ],
  [
    'acme//app',
    'invalid repository name `acme//app`',
    'a repository name has lower-case letters and digits, separated by one of `.`, `_`, `__`, `-` or `/`',
  ],
])('%s is refused: %s', (text, message, suggestion) => {
  expect(parseImageRef(text)).toEqual({
    ok: false,
    error: {message: `invalid image \`${text}\`: ${message}`, suggestion},
  });
});

test('a repository is host and path', () => {
  const ref = parseImageRef('python:3');
  expect(ref.ok && repositoryOf(ref.value)).toBe('docker.io/library/python');
});

test('tags have at most 128 characters', () => {
  expect(checkTag('a'.repeat(128))).toBeUndefined();
  expect(checkTag('a'.repeat(129))).toEqual({
    message: `tag \`${'a'.repeat(59)}…\` has 129 characters`,
    suggestion: 'a tag has at most 128',
  });
  expect(checkTag('acme/app')?.suggestion).toBe(
    'write the tag alone; the repository comes from the image and its registries',
  );
  expect(checkTag('-a')).toBeDefined();
  expect(checkTag('_a.b-c')).toBeUndefined();
});

test('repositories have at most 255 characters', () => {
  expect(checkRepository('a'.repeat(255))).toBeUndefined();
  expect(checkRepository('a'.repeat(256))?.suggestion).toBe('a repository name has at most 255');
  expect(checkRepository('a__b--c.d/e')).toBeUndefined();
  expect(checkRepository('a___b')).toBeDefined();
  expect(checkRepository('a/')).toBeDefined();
});

test.each(['localhost', 'a.b-c.d:5000', '127.0.0.1:80', '[fe80::1]', 'HOST'])(
  '%s is a host',
  (host) => {
    expect(checkHost(host)).toBeUndefined();
  },
);

test.each(['', '-a', 'a-', 'a:b', 'http://a', 'a/b', '[::1', 'a.', ':80'])(
  '%s is no host',
  (host) => {
    expect(checkHost(host)).toBeDefined();
  },
);

const alphanumeric = fc.stringMatching(/^[a-z0-9]{1,5}$/);
const path = fc
  .array(
    fc
      .array(fc.tuple(alphanumeric, fc.constantFrom('.', '_', '__', '-', '--')), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.flat().slice(0, -1).join('')),
    {minLength: 2, maxLength: 4},
  )
  .map((parts) => parts.join('/'));

const imageRef: fc.Arbitrary<ImageRef> = fc.record({
  host: fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', '[::1]:1', 'Upper'),
  path,
  tag: fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/)),
  digest: fc.option(fc.constant(digest)),
});

test('what is written out is read back the same, in both forms', () => {
  fc.assert(
    fc.property(imageRef, (ref) => {
      expect(parseImageRef(canonicalRef(ref))).toEqual({ok: true, value: ref});
      expect(parseImageRef(familiarRef(ref))).toEqual({ok: true, value: ref});
    }),
  );
});

test('any text is either refused or has a stable normal form', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9:/@._[\]-]{0,40}$/));
  fc.assert(
    fc.property(text, (written) => {
      const ref = parseImageRef(written);
      fc.pre(ref.ok);
      expect(parseImageRef(canonicalRef(ref.value))).toEqual(ref);
    }),
  );
});
