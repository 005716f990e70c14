import {readFileSync} from 'node:fs';

import {expect, test} from 'vitest';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import type {MatrixFile} from '../../../src/config/matrix-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each problem as `line:column code [underlined] message | help`. */
function problemsOf(content: string | Uint8Array): readonly string[] {
  const loaded = loadMatrix('matrix.yml', typeof content === 'string' ? bytes(content) : content);
  if (loaded.ok) return [];
  return loaded.error.diagnostics.map(({code, message, suggestion, range}) => {
    const marked = range?.text.slice(range.column - 1, range.column - 1 + range.length) ?? '';
    const place = range ? `${range.line}:${range.column} ` : '';
    return `${place}${code} [${marked}] ${message}${suggestion === undefined ? '' : ` | ${suggestion}`}`;
  });
}

function load(text: string): MatrixFile {
  const loaded = loadMatrix('matrix.yml', bytes(text));
  if (!loaded.ok) throw new Error(problemsOf(text).join('\n'));
  return loaded.value.matrix;
}

/** A file around the keys of one target. */
const target = (keys: string): string =>
  `version: 1\nimages:\n  app:\n    targets:\n      cpu:\n        ${keys.replaceAll('\n', '\n        ')}\n`;

/** A file with something at its top level. */
const top = (keys: string): string => `version: 1\nimages: {}\n${keys}\n`;

test('the sample loads', () => {
  const sample = readFileSync(new URL('../../../matrix.yml', import.meta.url));
  const loaded = loadMatrix('matrix.yml', sample);
  expect(loaded.ok && Object.keys(loaded.value.matrix.images['iris-service']!.targets)).toEqual([
    'cpu',
    'cuda',
    'jetson',
  ]);
});

test('values are what is written: a number that JavaScript prints differently stays text', () => {
  const matrix = load(
    top('vars: {a: 12.10, b: 12.4, c: 007, d: 1e3, e: true, f: "5", g: 0x1F, h: .inf}'),
  );
  expect({...matrix.vars}).toEqual({
    ...{a: '12.10', b: 12.4, c: '007', d: '1e3', e: true, f: '5', g: '0x1F', h: '.inf'},
  });
});

test('aliases and merge keys are resolved; own keys win, then the earlier map', () => {
  const matrix = load(
    top(
      [
        'templates:',
        '  a: &a {stage: one, network: none}',
        '  b: &b {stage: two, pull: true}',
        '  c: {<<: [*a, *b], network: host}',
        '  d: *a',
      ].join('\n'),
    ),
  );
  expect({...matrix.templates?.['c']}).toEqual({stage: 'one', network: 'host', pull: true});
  expect({...matrix.templates?.['d']}).toEqual({stage: 'one', network: 'none'});
});

test('looking up a name that is not there finds nothing, whatever the name', () => {
  const matrix = load(top('templates: {a: {}}'));
  for (const name of ['constructor', 'toString', '__proto__', 'b']) {
    expect(matrix.templates?.[name]).toBeUndefined();
  }
});

test('a byte order mark and Windows line ends are no part of the text', () => {
  expect(problemsOf('\uFEFFversion: 1\r\nimages: {}\r\n')).toEqual([]);
  expect(problemsOf('version: 1\r\nimage: {}\r\nimages: {}\r\n')).toEqual([
    '2:1 unknown-key [image] unknown key `image` | did you mean `images`?',
  ]);
});

test.each([
  [
    'an empty file',
    '',
    '1:1 empty-file [] the file is empty | start it with `version: 1` and `images:`',
  ],
  [
    'only comments',
    '# hi\n',
    '1:1 empty-file [#] the file is empty | start it with `version: 1` and `images:`',
  ],
  ['text', 'hello', '1:1 wrong-type [hello] the file must be a map, found text `hello`'],
  ['a list', '- a\n- b\n', '1:3 wrong-type [a] the file must be a map, found a list'],
  [
    'a binary file',
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]),
    '1:1 not-text [] the file is binary | matrix.yml is a text file; is this the right file?',
  ],
  [
    'UTF-16',
    new Uint8Array([0xff, 0xfe, 0x61, 0]),
    '1:1 not-utf8 [] the file is UTF-16 text | save it as UTF-8',
  ],
  [
    'Latin-1',
    new Uint8Array([...bytes('a: 1\nb: caf'), 0xe9, 0x0a]),
    '2:7 not-utf8 [\uFFFD] the file is not UTF-8 text | save it as UTF-8; this is the first character that cannot be read',
  ],
  [
    '50 MB',
    new Uint8Array(50_000_000),
    '1:1 too-large [] the file has more than 524,288 bytes | is this the right file? In a matrix.yml `matrix`, `templates` and `defaults` say what repeats',
  ],
  [
    'two documents',
    '---\nversion: 1\nimages: {}\n---\nb: 1\n',
    '4:1 several-documents [-] the file holds more than one YAML document | keep one, and remove the `---` line here',
  ],
  [
    'deep nesting',
    `a: ${'['.repeat(1000)}`,
    '1:67 too-deep [[] the file nests more than 64 levels deep | no key of matrix.yml needs that: is this the right file?',
  ],
  [
    'more words than any matrix has',
    `a: [${'1,'.repeat(80_000)}]`,
    '1:66668 too-large [,] the file has more than 100,000 words and signs | let `matrix`, `templates` and `defaults` say what repeats',
  ],
  [
    'a newer format',
    'version: 2\nimage: {}\n',
    '1:10 unknown-version [2] unknown version `2` of the file format | this build-matrix reads `version: 1`; a newer file needs a newer build-matrix',
  ],
])('%s is no matrix.yml', (_name, content, problem) => {
  expect(problemsOf(content)).toEqual([problem]);
});

test.each([
  [
    'a tab',
    'version: 1\nimages:\n\ta: {}\n',
    '3:1 tab-indentation [\t] YAML does not allow tabs as indentation | indent with spaces',
  ],
  [
    'a colon too many',
    'a: b: c',
    '1:4 yaml-syntax [b] a value cannot be a key with a value of its own on the same line | put text that holds `: ` in quotes; or does the next line stand too far to the right?',
  ],
  [
    'a colon too few',
    'version\nimages: {}',
    '1:1 yaml-syntax [version] a key ends without `: ` | is a colon missing?',
  ],
  [
    'wrong indentation',
    'a:\n  b: 1\n c: 2',
    '3:1 yaml-syntax [ ] this line is not indented like those before it | entries of one map or list start in the same column',
  ],
  [
    'an open quote',
    'a: "b',
    '1:6 yaml-syntax [] a closing `"` is missing | write `"` at the end of the text',
  ],
  [
    'an open list',
    'a: [b\nc: 1\n',
    '2:1 yaml-syntax [c] the list that begins with `[` is not closed | write `]` at its end, and indent the lines of a list that goes on',
  ],
  [
    'an open map',
    'a: {b: 1',
    '1:9 yaml-syntax [] the map that begins with `{` is not closed | write `}` at its end, and indent the lines of a map that goes on',
  ],
  [
    'text after a quoted value',
    "a: 'b' c",
    '1:8 yaml-syntax [c] text follows the value | put the whole value in quotes',
  ],
  [
    'a reserved sign',
    'a: @b',
    '1:4 yaml-syntax [@] text cannot begin with this sign | put the whole text in quotes',
  ],
  [
    'an unknown escape',
    'a: "\\q"',
    '1:5 yaml-syntax [\\] an escape that YAML does not know | write `\\\\` for a backslash, or put the text in single quotes',
  ],
  [
    'a placeholder without quotes',
    'a: {version}-cuda',
    '1:13 yaml-syntax [-cuda] text that begins with a placeholder must be in quotes | write `"{version}-cuda"`',
  ],
  [
    'a placeholder without quotes in a list',
    'a: [x, {matrix.cuda}.0]',
    '1:21 yaml-syntax [.0] text that begins with a placeholder must be in quotes | write `"{matrix.cuda}.0"`',
  ],
])('syntax: %s', (_name, text, problem) => {
  expect(problemsOf(text)).toContain(problem);
});

test('what stands above a syntax error is checked as well', () => {
  expect(problemsOf('version: 1\nregistry: {}\nimages: [\n')).toEqual([
    '2:1 unknown-key [registry] unknown key `registry` | did you mean `registries`?',
    '3:10 yaml-syntax [] the list that begins with `[` is not closed | write `]` at its end, and indent the lines of a list that goes on',
  ]);
});

test.each([
  [
    'an unknown key',
    'plattforms: [linux/amd64]',
    '6:9 unknown-key [plattforms] unknown key `plattforms` | did you mean `platforms`?',
  ],
  [
    'a key of bake',
    'cache-from: []',
    '6:9 unknown-key [cache-from] unknown key `cache-from` | it is called `cache` here',
  ],
  [
    'a key of nothing',
    'volumes: []',
    '6:9 unknown-key [volumes] unknown key `volumes` | known here: extends, description, dockerfile, context, contexts, stage, platforms, accelerator, args, labels, annotations, secrets, … (docs/matrix-reference.md has all)',
  ],
  [
    'a key of an object in JavaScript',
    'constructor: 1',
    '6:9 unknown-key [constructor] unknown key `constructor` | known here: extends, description, dockerfile, context, contexts, stage, platforms, accelerator, args, labels, annotations, secrets, … (docs/matrix-reference.md has all)',
  ],
  [
    'a key that would change an object',
    '__proto__: {}',
    '6:9 bad-key [__proto__] `__proto__` cannot be a key',
  ],
  [
    'a duplicate key',
    'stage: a\nstage: b',
    '7:9 duplicate-key [stage] key `stage` is given twice | remove or rename one of them',
  ],
  [
    'a placeholder as key without quotes',
    'args: {{version}: 1}',
    '6:16 bad-key [{version}] text that begins with a placeholder must be in quotes | write `"{version}"`',
  ],
  ['a list as key', '? [a]\n: 1', '6:11 bad-key [[a]] a key must be text, found a map or a list'],
  ['an empty key', '? \n: 1', '6:11 bad-key [] a key is empty'],
  [
    'text instead of a list',
    'platforms: linux/amd64',
    '6:20 wrong-type [linux/amd64] `platforms` must be a list, found text `linux/amd64` | write `[linux/amd64]`',
  ],
  [
    'a number instead of text',
    'stage: 5',
    '6:16 wrong-type [5] `stage` must be text, found `5` | write it in quotes: `"5"`',
  ],
  [
    'a list instead of text',
    'stage: [a]',
    '6:16 wrong-type [[a]] `stage` must be text, found a list',
  ],
  [
    'a map over several lines instead of text',
    'stage:\n  a: 1',
    '6:9 wrong-type [stage] `stage` must be text, found a map',
  ],
  [
    'nothing',
    'stage:',
    '6:9 wrong-type [stage] `stage` must be text, found nothing | give it a value, or remove the key',
  ],
  [
    'nothing in a list',
    'tags:\n  - a\n  -',
    '6:9 wrong-type [tags] an entry of `tags` must be text, found nothing | give it a value, or remove the key',
  ],
  [
    'yes',
    'pull: yes',
    '6:15 wrong-type [yes] `pull` must be true or false, found text `yes` | write `true`',
  ],
  [
    'a placeholder without quotes',
    'stage: {version}',
    '6:16 wrong-type [{version}] `stage` must be text, found a map | write it in quotes: `"{version}"`',
  ],
  [
    'a list in a map of values',
    'args: {A: [1]}',
    '6:19 wrong-type [[1]] `A` must be text, a number, true or false, found a list',
  ],
  [
    'an unknown value',
    'network: hots',
    '6:18 unknown-value [hots] unknown value `hots` of `network` | did you mean `host`?',
  ],
  [
    'a value far from any',
    'accelerator: tpu',
    '6:22 unknown-value [tpu] unknown value `tpu` of `accelerator` | write `cpu`, `cuda` or `jetson`',
  ],
  [
    'a value of another type',
    'network: 1',
    '6:18 wrong-type [1] `network` must be `default`, `host` or `none`, found `1`',
  ],
  [
    'a value that may be true',
    'provenance: maximum',
    '6:21 unknown-value [maximum] unknown value `maximum` of `provenance` | write `min`, `max`, `true` or `false`',
  ],
  [
    'an unknown type',
    'cache: {type: s3}',
    '6:23 unknown-value [s3] unknown value `s3` of `type` | write `registry`, `local`, `gha` or `inline`',
  ],
  [
    'no type',
    'cache: [{mode: max}]',
    '6:18 missing-key [mode] `type` is missing in `images.app.targets.cpu.cache.0` | give it `registry`, `local`, `gha` or `inline`',
  ],
  [
    'an unknown platform',
    'platforms: [linux/amd46]',
    '6:21 invalid-value [linux/amd46] unknown platform `linux/amd46` | did you mean `linux/amd64`?',
  ],
  ['no platform', 'platforms: []', '6:20 invalid-value [[]] a target needs at least one platform'],
  [
    'an invalid tag',
    'tags: ["a b"]',
    '6:16 invalid-value ["a b"] invalid tag `a b` | a tag has letters, digits, `_`, `.` and `-`, and starts with a letter, a digit or `_`',
  ],
  [
    'a size without unit',
    'budget: {compressed: 3G}',
    '6:30 invalid-value [3G] `3G` is not a size | write `3GB` (powers of 1000) or `3GiB` (powers of 1024)',
  ],
  [
    'a negative size',
    'budget: {compressed: -1}',
    '6:30 invalid-value [-1] a size cannot be negative',
  ],
  [
    'a growth of what?',
    'budget: {growth: "5"}',
    '6:26 invalid-value ["5"] `5` is not a growth limit | write a share such as `5%`, or a size such as `200MB`',
  ],
  [
    'an invalid memory size',
    'shmSize: huge',
    '6:18 invalid-value [huge] `huge` is not a size | write a size such as `2g` or `512m`',
  ],
  [
    'an invalid limit',
    'ulimits: {nofile: many}',
    '6:27 invalid-value [many] `many` is not a limit | write SOFT or SOFT:HARD: `1024:4096`',
  ],
  [
    'a secret from nowhere',
    'secrets: [{id: a}]',
    '6:19 invalid-value [{id: a}] a secret has either `env` or `file`',
  ],
  [
    'an axis without values',
    'matrix: {cuda: []}',
    '6:24 invalid-value [[]] an axis needs at least one value',
  ],
  [
    'an alias of nothing',
    'tags: [*latest]',
    '6:16 unknown-anchor [*latest] no anchor `&latest` stands above this alias | text that starts with `*` must be in quotes: `"*latest"`',
  ],
  [
    'an anchor that contains itself',
    'args: &a {A: *a}',
    '6:22 anchor-cycle [*a] anchor `&a` contains itself',
  ],
  [
    'a merge of no map',
    '<<: 1',
    '6:13 bad-merge [1] `<<` merges maps, and this is none | write an alias of a map: `<<: *name`',
  ],
  [
    'an unknown YAML tag',
    'stage: !env A',
    '6:16 yaml-syntax [!env] an unknown YAML tag | matrix.yml uses no tags: put text that begins with `!` in quotes',
  ],
])('a target with %s', (_name, keys, problem) => {
  expect(problemsOf(target(keys))[0]).toBe(problem);
});

test.each([
  [
    'an unknown registry',
    'registries: {a: {type: dockerhub}}',
    '3:24 unknown-value [dockerhub] unknown value `dockerhub` of `type` | did you mean `docker-hub`?',
  ],
  [
    'a registry that lacks a key',
    'registries: {a: {type: ghcr}}',
    '3:14 missing-key [a] `owner` is missing in `registries.a`',
  ],
  [
    'an account that is a number',
    'registries: {a: {type: ecr, account: 123456789012, region: eu-west-1}}',
    '3:38 wrong-type [123456789012] `account` must be text, found `123456789012` | write it in quotes: `"123456789012"`',
  ],
  [
    'a region that is none',
    'registries: {a: {type: ecr, account: "123456789012", region: europe}}',
    '3:62 invalid-value [europe] invalid AWS region `europe` | a region looks like `eu-west-1`',
  ],
  [
    'a registry URL with a path',
    'registries: {a: {type: oci, url: "http://localhost:5000/team"}}',
    '3:34 invalid-value ["http://localhost:5000/team"] the URL of a registry has no path | write `url: http://localhost:5000` and `namespace: team`',
  ],
  [
    'a registry URL that is none',
    'registries: {a: {type: oci, url: "local host"}}',
    '3:34 invalid-value ["local host"] invalid registry host `local host` | write a host with an optional port, such as `registry.example.com:5000`',
  ],
  [
    'an owner in upper case',
    'registries: {a: {type: ghcr, owner: Acme}}',
    '3:37 invalid-value [Acme] invalid repository name `Acme` | repository names are lower-case: `acme`',
  ],
  [
    'a mirror of what is no host',
    'mirrors: {"docker.io/library": a.b}',
    '3:11 invalid-name ["docker.io/library"] invalid registry host `docker.io/library` | write a host with an optional port, such as `registry.example.com:5000`',
  ],
  [
    'a name with a space',
    'groups: {"a b": []}',
    '3:10 invalid-name ["a b"] invalid name `a b` | a name has letters, digits, `_`, `.` and `-`, and starts with a letter or digit',
  ],
  [
    'a builder that is nowhere',
    'builders: [{platform: linux/arm64}]',
    '3:12 invalid-value [{platform: linux/arm64}] a builder has either `builder` or `endpoint`',
  ],
  [
    'a key of targets',
    'platforms: [linux/amd64]',
    '3:1 unknown-key [platforms] unknown key `platforms` | it belongs to a target; write it under `defaults` to have it in all of them',
  ],
])('a file with %s', (_name, keys, problem) => {
  expect(problemsOf(top(keys))).toEqual([problem]);
});

test('keys that are missing are named, with a start', () => {
  expect(problemsOf('vars: {}\n')).toEqual([
    '1:1 missing-key [vars] `version` is missing | start the file with `version: 1`',
    '1:1 missing-key [vars] `images` is missing | name at least one image: `images: {face-service: {targets: {cpu: {}}}}`',
  ]);
});

test('an image is stored under its key, which must do as a repository name', () => {
  expect(problemsOf('version: 1\nimages: {Face: {targets: {}}}\n')).toEqual([
    '2:10 invalid-name [Face] invalid repository name `Face` | rename the image, or give it a `repository`; repository names are lower-case: `face`',
  ]);
  expect(problemsOf('version: 1\nimages: {Face: {repository: face, targets: {}}}\n')).toEqual([]);
});

test('a placeholder is left to the plan', () => {
  expect(problemsOf(target('tags: ["{version}+x"]\nplatforms: ["linux/{matrix.arch}"]'))).toEqual(
    [],
  );
});

test('everything is reported at once, in the order of the text', () => {
  const problems = problemsOf(
    'version: 1\nimages:\n  a:\n    target: {}\n    targets: {b: {tags: 1, stage: 2}}\nfoo: 1\nvars: {a: 1, a: 2}\n',
  );
  expect(problems.map((problem) => problem.split(' ', 2).join(' '))).toEqual([
    '4:5 unknown-key',
    '5:25 wrong-type',
    '5:35 wrong-type',
    '6:1 unknown-key',
    '7:14 duplicate-key',
  ]);
});

test('a duplicate key shows the first one', () => {
  const loaded = loadMatrix('m.yml', bytes(top('vars: {a: 1, b: 2, a: 3}')));
  expect(!loaded.ok && loaded.error.diagnostics[0]?.related).toEqual([
    {
      message: 'first given here',
      range: {file: 'm.yml', line: 3, column: 8, length: 1, text: 'vars: {a: 1, b: 2, a: 3}'},
    },
  ]);
});

test('a wrong value within an anchor is shown once, where it is written', () => {
  const text = top('defaults: &d {pull: 1}\ntemplates: {a: *d, b: {<<: *d}}');
  expect(problemsOf(text)).toEqual(['3:21 wrong-type [1] `pull` must be true or false, found `1`']);
});

test('more problems than anybody reads are counted', () => {
  const keys = Array.from({length: 250}, (_, index) => `key${index}: 1`);
  const problems = problemsOf(top(keys.join('\n')));
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toBe('too-many [] 150 more problems are not shown');
});

test('anchors that explode are stopped', () => {
  const lines = Array.from({length: 20}, (_, index) =>
    index === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${index}: &a${index} [${Array<string>(9)
          .fill(`*a${index - 1}`)
          .join(', ')}]`,
  );
  expect(problemsOf(lines.join('\n'))).toEqual([
    '5:15 aliases-explode [*a3] aliases expand to more than 20,000 values | let `templates` and `defaults` say what repeats',
  ]);
});

test('a version in quotes is told apart from a newer one, and hides nothing', () => {
  expect(problemsOf('version: "1"\nimages: {}\nimage: {}\n')).toEqual([
    '1:10 wrong-type ["1"] `version` must be a number, found text `1` | write it without quotes: `version: 1`',
    '3:1 unknown-key [image] unknown key `image` | did you mean `images`?',
  ]);
});

test('the first of two equal keys is checked as well, each problem where it stands', () => {
  const text = top('defaults: {pull: 1, stage: a, pull: 2}\nmirrors: {a: 1}\nmirrors: {b: {}}');
  expect(problemsOf(text).map((problem) => problem.replace(/ \|.*/, ''))).toEqual([
    '3:18 wrong-type [1] `pull` must be true or false, found `1`',
    '3:31 duplicate-key [pull] key `pull` is given twice',
    '3:37 wrong-type [2] `pull` must be true or false, found `2`',
    '4:14 wrong-type [1] `a` must be text, found `1`',
    '5:1 duplicate-key [mirrors] key `mirrors` is given twice',
    '5:14 wrong-type [{}] `b` must be text, found a map',
  ]);
});

test.each([
  ['defaults: &d {args: *d}', ['3:21 anchor-cycle [*d] anchor `&d` contains itself']],
  ['defaults: &d {<<: *d}', ['3:19 anchor-cycle [*d] anchor `&d` contains itself']],
  ['defaults: {pull: *d}', ['3:18 unknown-anchor [*d] no anchor `&d` stands above this alias']],
])('an alias that means nothing is one problem: %s', (yaml, expected) => {
  expect(problemsOf(top(yaml)).map((problem) => problem.replace(/ \|.*/, ''))).toEqual(expected);
});

test('a name that is no repository is told beside other problems', () => {
  const text = 'version: 1\nimages: {Upper: {targets: {a: {pull: 1}}}}\n';
  expect(problemsOf(text).map((problem) => problem.split(' ', 2).join(' '))).toEqual([
    '2:10 invalid-name',
    '2:38 wrong-type',
  ]);
});
