import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {nodeFiles} from '../../../src/adapters/node-files.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {describeFiles} from './files.contract.ts';

describeFiles('fake', () => Promise.resolve({files: createFakeFiles(), root: 'root'}));

describeFiles('node', async () => {
  const root = await mkdtemp(join(tmpdir(), 'build-matrix-files-'));
  return {files: nodeFiles, root, cleanUp: () => rm(root, {recursive: true})};
});
