import {expect, test} from 'vitest';

import {formatDigests, readDigests} from '../../../src/release/digests-file.ts';
import type {PromotedTarget} from '../../../src/release/promoted-targets.ts';
import {digestOf} from './release-world.ts';

const target: PromotedTarget = {
  ...{target: 'app/cpu', sources: [], records: [], runId: ''},
  platforms: [
    {platform: 'linux/amd64', digest: digestOf('c'), attestations: [], version: null},
    {platform: 'linux/arm64', digest: digestOf('d'), attestations: [], version: null},
  ],
};
const tags = new Map([
  ['localhost:5000/app:1.4.2-cuda', digestOf('b')],
  ['localhost:5000/app:1.4.2', digestOf('a')],
]);

test('tags come by their names, and then platforms', () => {
  expect(formatDigests('1.4.2', [target], tags)).toBe(
    [
      `${'a'.repeat(64)}  localhost:5000/app:1.4.2\n`,
      `${'b'.repeat(64)}  localhost:5000/app:1.4.2-cuda\n`,
      `${'c'.repeat(64)}  app/cpu linux/amd64 1.4.2\n`,
      `${'d'.repeat(64)}  app/cpu linux/arm64 1.4.2\n`,
    ].join(''),
  );
});

test('tags are read back, whatever else somebody wrote', () => {
  const text = formatDigests('1.4.2', [target], tags);
  expect(readDigests(text)).toEqual(tags);
  expect(readDigests(text.replaceAll('\n', '\r\n'))).toEqual(tags);
  expect(readDigests('')).toEqual(new Map());
  expect(readDigests('<html>\nabc  localhost:5000/app:1.4.2\n')).toEqual(new Map());
});
