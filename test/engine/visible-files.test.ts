import {execFile} from 'node:child_process';
import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, test} from 'vitest';

import {createContextFiles} from '../../src/adapters/node-context-files.ts';
import {nodeFiles} from '../../src/adapters/node-files.ts';
import {createContextInputs} from '../../src/inputs/context-inputs.ts';
import {noRules} from '../../src/inputs/ignore-file.ts';
import {walkContext} from '../../src/inputs/walk-context.ts';

const run = promisify(execFile);
let root: string;

const paths = [
  ...['a', 'a.txt', 'b.TXT', 'A.txt', '.env', '.git/config', '.git/objects/ab', 'x(1).txt'],
  ...['sub/a.txt', 'sub/b.log', 'sub/deep/a.txt', 'sub/deep/keep.txt', 'sub/.env', 'a+b', 'a.b.c'],
  ...['node_modules/m/index.js', 'node_modules/keep/index.js', 'dir/node_modules/x', 'docs/a.md'],
  ...[
    'docs/README.md',
    'README.md',
    'ü.txt',
    'with blank',
    '{x}',
    '!bang',
    '#hash',
    'one/two/three/f',
  ],
  ...[
    'foo',
    'foobar',
    'foo-bar/x',
    'data1',
    'data2',
    'dataz',
    'a|b',
    '$x',
    'empty/.keep',
    '😀.bin',
  ],
];

const ignoreFiles: readonly string[] = [
  '',
  '*',
  '**',
  '*.txt',
  '**/*.txt',
  '*/*.txt',
  '/a.txt\n/sub/',
  'sub/**',
  'sub/**/a.txt',
  '**/node_modules\n!node_modules/keep',
  'node_modules\n!node_modules/keep/**',
  '*\n!sub/deep\n!README.md',
  '*\n!sub/*/keep.txt',
  '**\n!docs/*.md\ndocs/README.md',
  '*.md\n!README.md\ndocs\n',
  '# note\n\n  sub/deep  \n\t.env\r\n',
  '\uFEFF.git\n**/.env',
  './sub/../docs\n//a',
  'data[0-9]\n',
  'data?\n!data2',
  '[ab].txt',
  'foo*\n!foobar',
  'foo**',
  '**foo',
  '**/deep',
  'sub/deep/',
  'x(1).txt\na+b\na.b.c\n$x\n{x}\na|b',
  '*+b\nx(*',
  'with blank\nü*\n?.bin',
  '\\!bang\n\\#hash',
  'one/two\n!one/two/three/f',
  'one/**/f',
  '*/',
  '!a.txt\na.txt',
  'a.txt\n!a.txt\na.*',
  'sub\n!sub\nsub/deep',
  '.dockerignore\nDockerfile',
  'A.TXT',
  'empty',
];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'visible-'));
});
afterAll(() => rm(root, {recursive: true}));

async function makeTree(folder: string, ignore: string): Promise<void> {
  for (const path of paths) {
    // A file and a folder cannot share a name.
    if (paths.some((other) => other.startsWith(`${path}/`))) continue;
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), path);
  }
  await symlink('a.txt', join(folder, 'link.txt'));
  await symlink('sub', join(folder, 'sub-link'));
  await mkdir(join(folder, 'hollow/inner'), {recursive: true});
  await chmod(join(folder, 'a.txt'), 0o4755);
  await chmod(join(folder, 'docs'), 0o1777);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  if (ignore !== '') await writeFile(join(folder, '.dockerignore'), ignore);
}

test.concurrent.for(ignoreFiles.map((ignore, at) => ({ignore, at})))(
  'what BuildKit copies and what is hashed is the same: $ignore',
  async ({ignore, at}, {expect}) => {
    const folder = join(root, `context-${at}`);
    const copy = join(root, `copy-${at}`);
    await makeTree(folder, ignore);
    // Read before, as BuildKit does: building changes nothing here.
    const contexts = createContextInputs({files: nodeFiles, contextFiles: createContextFiles()});
    const seen = await contexts.read(folder, `${folder}/Dockerfile`);
    if (!seen.ok) throw new Error(seen.error);
    const dockerfile = join(root, `Dockerfile-${at}`);
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n');
    await run('docker', [
      ...['buildx', 'build', '--quiet', '--file', dockerfile],
      ...['--output', `type=local,dest=${copy}`, '--provenance=false', folder],
    ]);
    const copied = await walkContext(createContextFiles(), copy, noRules);
    if (!copied.ok) throw new Error(copied.error);
    expect(Object.fromEntries(seen.value.lines)).toEqual(Object.fromEntries(copied.value.lines));
    expect(seen.value.hash).toBe(copied.value.hash);
  },
);
