import {expect, test} from 'vitest';

import {builderNames} from '../../../src/docker/builder-names.ts';

test('each builder is named once, though each of its nodes repeats it', () => {
  const rows = [{Name: 'bm-nodes'}, {Name: 'bm-nodes'}, {Name: 'default'}, {Nodes: []}, null];
  const output = ['WARNING: x', ...rows.map((row) => JSON.stringify(row)), ''].join('\n');
  expect(builderNames(output)).toEqual(['bm-nodes', 'default']);
});
