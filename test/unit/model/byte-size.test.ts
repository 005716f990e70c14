import fc from 'fast-check';
import {expect, test} from 'vitest';

import {formatBytes, parseByteSize, parseGrowthLimit} from '../../../src/model/byte-size.ts';

test.each([
  ['0', 0],
  ['1048576', 1_048_576],
  [1_048_576, 1_048_576],
  ['3.5GB', 3_500_000_000],
  ['3.5 gb', 3_500_000_000],
  ['512MiB', 536_870_912],
  ['1kB', 1000],
  ['1KiB', 1024],
  ['2 TB', 2e12],
  ['1.5B', 2],
])('%s is %d bytes', (text, bytes) => {
  expect(parseByteSize(text)).toEqual({ok: true, value: bytes});
});

test.each(['', 'GB', '-1', '1,5GB', '1e9', '5%', '1 XB', '1GB2', '9999999TB', 'constructor'])(
  '%s is no size',
  (text) => {
    expect(parseByteSize(text)).toEqual({
      ok: false,
      error: {
        message: `\`${text}\` is not a size`,
        suggestion: 'write a size such as `3.5GB` (powers of 1000) or `512MiB` (powers of 1024)',
      },
    });
  },
);

test('a unit that may mean two things is asked back', () => {
  expect(parseByteSize('3g')).toEqual({
    ok: false,
    error: {
      message: '`3g` is not a size',
      suggestion: 'write `3GB` (powers of 1000) or `3GiB` (powers of 1024)',
    },
  });
});

test('growth is a share or a size', () => {
  expect(parseGrowthLimit('5%')).toEqual({ok: true, value: {kind: 'share', share: 0.05}});
  expect(parseGrowthLimit('200MB')).toEqual({ok: true, value: {kind: 'bytes', bytes: 2e8}});
  expect(parseGrowthLimit('5')).toEqual({
    ok: false,
    error: {
      message: '`5` is not a growth limit',
      suggestion: 'write a share such as `5%`, or a size such as `200MB`',
    },
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [27_449_999, '27.4 MB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [512_000_000, '512 MB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [-1_500_000, '-1.5 MB'],
  [3e15, '3.0 PB'],
  [3e18, '3000 PB'],
])('%d bytes are printed as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('what is printed can be read again, and is off by at most five per cent', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 999_000_000_000_000}), (bytes) => {
      const read = parseByteSize(formatBytes(bytes));
      expect(read.ok).toBe(true);
      expect(Math.abs((read.ok ? read.value : Number.NaN) - bytes)).toBeLessThanOrEqual(
        bytes * 0.05,
      );
    }),
  );
});
