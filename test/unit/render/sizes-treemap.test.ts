import {expect, test} from 'vitest';

import {boxesOf, type Box} from '../../../src/render/sizes-treemap.ts';
import {sampleWhy} from './sample-sizes.ts';

const [image] = sampleWhy.images;

const linesOf = (box: Box, margin = ''): readonly string[] => [
  `${margin}${box.name} ${box.bytes / 1e6}`,
  ...box.children.flatMap((child) => linesOf(child, `${margin}  `)),
];

test('folders stand in the folders that hold them, and what is not listed is told', () => {
  const deps = boxesOf(image!).find(({name}) => name === 'deps');
  expect(linesOf(deps!)).toEqual([
    'deps 4380',
    '  /usr/local/lib/python3.10/dist-packages 4310',
    '    nvidia 2480',
    '      cudnn/lib/libcudnn_adv.so.9 240',
    '      other files 2240',
    '    torch 1480',
    '      lib 1360',
    '        libtorch_cuda.so 870',
    '        other files 490',
    '      other files 120',
    '    cv2 128',
    '    other files 222',
    '  /root/.cache/pip 61',
    '  other files 9',
  ]);
});

test('a box has the bytes of what is in it', () => {
  const check = (box: Box): void => {
    if (box.children.length === 0) return;
    expect(box.children.reduce((sum, {bytes}) => sum + bytes, 0)).toBe(box.bytes);
    box.children.forEach(check);
  };
  expect(boxesOf(image!).map(({name}) => name)).toEqual(['base image', 'base', 'deps', 'runtime']);
  boxesOf(image!).forEach(check);
});

test('a stage without content has no box', () => {
  const stages = image!.stages.map((stage) => ({...stage, bytes: 0}));
  expect(boxesOf({...image!, stages})).toEqual([]);
});
