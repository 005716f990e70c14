import fc from 'fast-check';
import {expect, test} from 'vitest';

import {commonPlatforms, parsePlatform} from '../../../src/model/platform.ts';

// The cases of TestParseSelector and TestNormalize in containerd/platforms, as far as they name an image.
test.each([
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['Linux/AArch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/i386', 'linux/386'],
  ['macos/arm64', 'darwin/arm64'],
  ['windows/amd64', 'windows/amd64'],
  ['arm64', 'linux/arm64'],
  ['aarch64', 'linux/arm64'],
  ['arm/v7', 'linux/arm/v7'],
  ['arm/6', 'linux/arm/v6'],
  ['amd64/v3', 'linux/amd64/v3'],
  [' linux/s390x ', 'linux/s390x'],
])('%s is %s', (text, platform) => {
  expect(parsePlatform(text)).toEqual({ok: true, value: platform});
});

test.each([
  ['linux/amd46', 'did you mean `linux/amd64`?'],
  ['linux/amr64', 'did you mean `linux/arm64`?'],
  ['linus/amd64', 'did you mean `linux/amd64`?'],
  ['linux/arm64/v7', 'did you mean `linux/arm/v7`?'],
  ['linux', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
  ['', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
  ['arm64/v7', 'did you mean `linux/arm/v7`?'],
  ['linux/', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
  ['linux/foo', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
  ['linux/386/v2', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
  ['a/b/c/d', 'write OS/ARCHITECTURE, such as `linux/amd64`'],
])('%s is unknown: %s', (text, suggestion) => {
  expect(parsePlatform(text)).toEqual({
    ok: false,
    error: {message: `unknown platform \`${text}\``, suggestion},
  });
});

test('common platforms are in normal form', () => {
  for (const platform of commonPlatforms) {
    expect(parsePlatform(platform)).toEqual({ok: true, value: platform});
  }
});

test('the normal form of a normal form is itself, and no text breaks the parser', () => {
  const word = fc.constantFrom(
    'linux',
    'arm64',
    'aarch64',
    'arm',
    'v8',
    'V7',
    '',
    'x86_64',
    'macos',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(word, {maxLength: 4}).map((parts) => parts.join('/')),
  );
  fc.assert(
    fc.property(text, (written) => {
      const platform = parsePlatform(written);
      fc.pre(platform.ok);
      expect(parsePlatform(platform.value)).toEqual(platform);
    }),
  );
});
