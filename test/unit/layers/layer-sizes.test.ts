import {expect, test} from 'vitest';

import {openLayerSizes} from '../../../src/layers/layer-sizes.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';

const path = '.build-matrix/layers.json';
const layer = {diffId: 'sha256:d', unpackedBytes: 12};

test('what was learned is known to the next run', async () => {
  const files = createFakeFiles();
  await openLayerSizes(files, path).put('sha256:a', layer);
  expect(await openLayerSizes(files, path).get('sha256:a')).toEqual(layer);
  expect(await openLayerSizes(files, path).get('sha256:b')).toBeUndefined();
});

test('two runs at once lose nothing of each other', async () => {
  const files = createFakeFiles();
  const [one, two] = [openLayerSizes(files, path), openLayerSizes(files, path)];
  expect([await one.get('sha256:a'), await two.get('sha256:a')]).toEqual([undefined, undefined]);
  await one.put('sha256:a', layer);
  await two.put('sha256:b', layer);
  const later = openLayerSizes(files, path);
  expect([await later.get('sha256:a'), await later.get('sha256:b')]).toEqual([layer, layer]);
});

test.each(['{"schema": 1, "layers": {"sha256:a": {"unpackedBytes": -1}}}', '{"sch', '[]'])(
  'a broken file (%s) counts as empty, and is replaced',
  async (text) => {
    const files = createFakeFiles({[path]: text});
    const sizes = openLayerSizes(files, path);
    expect(await sizes.get('sha256:a')).toBeUndefined();
    await sizes.put('sha256:a', layer);
    expect(await openLayerSizes(files, path).get('sha256:a')).toEqual(layer);
  },
);

test('a file that cannot be written is no trouble', async () => {
  const files = createFakeFiles();
  files.fail('writeAtomic', path, 'read-only');
  const sizes = openLayerSizes(files, path);
  await sizes.put('sha256:a', layer);
  expect(await sizes.get('sha256:a')).toEqual(layer);
});

test('beyond ten thousand the oldest are forgotten', async () => {
  const layers = Object.fromEntries(
    Array.from({length: 10_000}, (_, count) => [`sha256:${count}`, layer]),
  );
  const files = createFakeFiles({[path]: JSON.stringify({schema: 1, layers})});
  await openLayerSizes(files, path).put('sha256:new', layer);
  const later = openLayerSizes(files, path);
  expect(await later.get('sha256:0')).toBeUndefined();
  expect([await later.get('sha256:1'), await later.get('sha256:new')]).toEqual([layer, layer]);
});
