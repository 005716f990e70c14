import pc from 'picocolors';
import {expect, test} from 'vitest';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import {missingSecrets} from '../../../src/plan/missing-secrets.ts';
import {formatDiagnostics} from '../../../src/render/diagnostic-text.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {goodPlan} from './plan-rig.ts';

const yaml = `defaults: {secrets: [{id: shared, env: SHARED}]}
images:
  app:
    targets:
      one: {}
      two:
        secrets: [{id: a, env: A}, {id: b, env: B},
          {id: c, file: keys/c}, {id: d, file: keys/d}]
`;
const files = {
  Dockerfile: 'FROM scratch\nRUN --mount=type=secret,id=a --mount=type=secret,id=b true\n',
  'keys/d': 'd',
};

async function missing(
  variables: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const {secrets} = await goodPlan({yaml, files});
  const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(`version: 1\n${yaml}`));
  if (!loaded.ok) throw new Error('not valid');
  const found = await missingSecrets(
    [...secrets.values()].flat(),
    {files: createFakeFiles({...files, ...more}), variables, root: '.'},
    (path) => loaded.value.source.locate(path),
  );
  return found && formatDiagnostics(found.diagnostics, pc.createColors(false));
}

test('all that is missing is told at once, but for variables that no step asks for', async () => {
  expect(await missing({A: ''})).toBe(`error: the variable \`B\` of secret \`b\` is not set
 --> matrix.yml:8:49
  |
8 |         secrets: [{id: a, env: A}, {id: b, env: B},
  |                                                 ^
help: set it, to nothing if the build can do without

error: the file \`keys/c\` of secret \`c\` does not exist
 --> matrix.yml:9:25
  |
9 |           {id: c, file: keys/c}, {id: d, file: keys/d}]
  |                         ^^^^^^
help: \`file\` is relative to matrix.yml

2 errors`);
});

test('nothing is missing where each variable is set and each file is there', async () => {
  expect(await missing({A: 'x', B: ''}, {'keys/c': ''})).toBeNull();
});
