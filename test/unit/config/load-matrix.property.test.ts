import {readFileSync} from 'node:fs';

import fc from 'fast-check';
import {expect, test} from 'vitest';
import {stringify} from 'yaml';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import {matrixFileSchema} from '../../../src/config/matrix-file.ts';

/** Generated files, thousands of them: none may throw, hang, or be refused without saying where. */

const sample = readFileSync(new URL('../../../matrix.yml', import.meta.url), 'utf8');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function expectSound(content: Uint8Array): void {
  const loaded = loadMatrix('m.yml', content);
  if (loaded.ok) {
    // What is let through is what the schema says, with nothing hidden in prototypes.
    expect(matrixFileSchema.safeParse(loaded.value.matrix).success).toBe(true);
    expect(Object.getPrototypeOf(loaded.value.matrix)).toBeNull();
    return;
  }
  expect(loaded.error.diagnostics.length).toBeGreaterThan(0);
  for (const {message, range, code} of loaded.error.diagnostics) {
    expect(message).not.toMatch(/undefined|\[object|Invalid input|\bNaN\b/);
    if (code === 'too-many') continue;
    expect(range!.line).toBeGreaterThan(0);
    expect(range!.column).toBeGreaterThan(0);
    expect(range!.column).toBeLessThanOrEqual(range!.text.length + 1);
    expect(range!.length).toBeGreaterThan(0);
    expect(range!.text).not.toContain('\n');
  }
  const places = loaded.error.diagnostics.flatMap(({range}) =>
    range ? [range.line * 1e6 + range.column] : [],
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

test('random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 300}), (content) => {
      expectSound(content);
    }),
    {numRuns: 500},
  );
}, 30_000);

test('random text made of what YAML is made of', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      '\n  ',
      '\n    ',
      '\t',
      ': ',
      '- ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '#',
      '&a ',
      '*a',
      '!t ',
      '|',
      '>',
      '"',
      "'",
      '%',
      '---',
      '...',
      '<<: ',
      '{version}',
    ),
    fc.constantFrom(
      'version',
      'images',
      'targets',
      'tags',
      'registries',
      '1',
      'null',
      '__proto__',
      'constructor',
      'é',
      '🦊',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 60}), (pieces) => {
      expectSound(bytes(pieces.join('')));
    }),
    {numRuns: 1500},
  );
}, 30_000);

test('the sample with a few places cut, doubled or overwritten', () => {
  const change = fc.record({
    at: fc.nat(sample.length),
    remove: fc.nat(12),
    insert: fc.oneof(
      fc.constantFrom('', '\n', '  ', '\t', ':', '-', '[', '}', '"', '*x', '&x ', '\0', '{a}'),
      fc.string({maxLength: 5}),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, {minLength: 1, maxLength: 4}), (changes) => {
      const text = changes.reduce(
        (before, {at, remove, insert}) => before.slice(0, at) + insert + before.slice(at + remove),
        sample,
      );
      expectSound(bytes(text));
    }),
    {numRuns: 1000},
  );
}, 30_000);

test('right keys with values of any kind', () => {
  const key = fc.constantFrom(
    ...Object.keys(matrixFileSchema.shape),
    ...[
      'targets',
      'include',
      'type',
      'cache',
      'platforms',
      'tags',
      'args',
      'cpu',
      'budget',
      'url',
      'matrix',
      'secrets',
      'extends',
    ],
  );
  const {value} = fc.letrec((tie) => ({
    value: fc.oneof(
      {depthSize: 'small', withCrossShrink: true},
      fc.constantFrom(
        1,
        'registry',
        'gha',
        'oci',
        'ghcr',
        'linux/amd64',
        '5%',
        '1GB',
        true,
        null,
        'a b',
        12.5,
      ),
      fc.dictionary(key, tie('value'), {maxKeys: 6}),
      fc.array(tie('value'), {maxLength: 3}),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, value), (file) => {
      expectSound(bytes(stringify({version: 1, images: {}, ...file})));
    }),
    {numRuns: 600},
  );
}, 30_000);

const half = 500_000;
test.each([
  ['opening brackets', '['.repeat(half)],
  ['closing brackets', ']'.repeat(half)],
  ['commas', `[${','.repeat(half)}`],
  ['dashes', '- '.repeat(half / 2)],
  ['question marks', '? '.repeat(half / 2)],
  ['quotes', '"'.repeat(half)],
  ['bad escapes', `"${'\\q'.repeat(half / 2)}"`],
  ['exclamation marks', '! '.repeat(half / 2)],
  ['line ends', '\n'.repeat(half)],
  ['tabs', 'a:\n\t- b\n'.repeat(half / 10)],
  ['documents', '---\n'.repeat(half / 4)],
  ['one key over and over', 'a: 1\n'.repeat(half / 5)],
  ['many keys', Array.from({length: 40_000}, (_, index) => `k${index}: 1`).join('\n')],
  [
    'many bad platforms',
    `version: 1\nimages: {}\ndefaults: {platforms: [${'linux/amd46, '.repeat(20_000)}]}`,
  ],
  ['aliases', `a: &a {b: c}\nd:\n${' - *a\n'.repeat(40_000)}`],
  [
    'merges of merges',
    Array.from(
      {length: 2000},
      (_, i) => `a${i}: &a${i} {<<: [*a${Math.max(0, i - 1)}, *a${Math.max(0, i - 2)}], k${i}: 1}`,
    ).join('\n'),
  ],
])(
  'half a megabyte of %s is refused within two seconds of computing',
  (_name, text) => {
    // As Node has it; vitest's 100 makes the parser's many errors five times as slow.
    Error.stackTraceLimit = 10;
    const start = process.cpuUsage();
    expect(loadMatrix('m.yml', bytes(text.slice(0, 512 * 1024))).ok).toBe(false);
    // Not the clock's time: other tests may run beside this one.
    const {user, system} = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(2);
  },
  30_000,
);
