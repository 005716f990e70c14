import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {parse, stringify} from 'yaml';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import {planOf} from './plan-rig.ts';
import {samplePlan} from './sample.ts';

/** Every error as `line code message`. */
async function errorsOf(
  yaml: string,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const made = await planOf({yaml, files});
  if (made.ok || made.error.reason !== 'invalid-matrix') throw new Error('not an invalid matrix');
  return made.error.diagnostics.map(
    ({range, code, message}) => `${String(range?.line)} ${code} ${message}`,
  );
}

/** Lines of `targets` of one image, from line 5 on. */
const targets = (...lines: readonly string[]): string =>
  ['images:', '  app:', '    targets:', ...lines.map((line) => `      ${line}`)].join('\n');

describe('errors of the rest come along with those of the schema', () => {
  test('of other targets: Dockerfile, stage, placeholder, tag, platform, registry', async () => {
    expect(
      await errorsOf(
        targets(
          'typo: {platfroms: [linux/amd64]}',
          'file: {dockerfile: Dockerfile.nope}',
          'stage: {stage: nope}',
          'tag: {tags: ["{who}", x]}',
          'twin: {tags: [x], registries: [nope]}',
          'loop: {contexts: {a: "target:loop"}}',
        ),
      ),
    ).toEqual([
      '5 unknown-key unknown key `platfroms`',
      '6 missing-dockerfile the Dockerfile `Dockerfile.nope` does not exist',
      '7 unknown-stage Dockerfile has no stage `nope`',
      '8 unknown-placeholder unknown placeholder `{who}`',
      '9 duplicate-tag `app/tag` and `app/twin` both claim the tag `app:x`',
      '9 unknown-registry no registry is called `nope`',
      '10 target-cycle targets build on each other in a circle: app/loop -> app/loop',
    ]);
  });

  test('beside a key at the top that nobody knows and a key given twice', async () => {
    expect(
      await errorsOf(
        `colour: red\n${targets('a: {pull: true, pull: false}', 'b: {dockerfile: nope, tags: ["{who}"]}')}`,
      ),
    ).toEqual([
      '2 unknown-key unknown key `colour`',
      '6 duplicate-key key `pull` is given twice',
      '7 missing-dockerfile the Dockerfile `nope` does not exist',
      '7 unknown-placeholder unknown placeholder `{who}`',
    ]);
  });

  test('beside an image whose name is no repository', async () => {
    expect(
      await errorsOf(`${targets('b: {dockerfile: nope}')}\n  Upper: {targets: {c: {}}}`),
    ).toEqual([
      '5 missing-dockerfile the Dockerfile `nope` does not exist',
      '6 invalid-name invalid repository name `Upper`',
    ]);
  });
});

describe('nothing follows from what was left out', () => {
  test.each([
    ['a target', targets('a: {pull: 1}', 'b: {contexts: {x: "target:a"}}') + '\ngroups: {g: [a]}'],
    ['a target of an index', targets('a: {pull: 1}', 'b: {}') + '\n    indexes: {all: [a, b]}'],
    ['the last target of an image', targets('b: {}') + '\n  two: {targets: {a: {pull: 1}}}'],
    [
      'a template, over groups, indexes and links',
      'templates: {t: {pull: 1}}\ngroups: {g: [a]}\n' +
        targets('a: {extends: t}', 'b: {contexts: {x: "target:a"}}') +
        '\n    indexes: {all: [a, b]}',
    ],
    ['a target that is extended', targets('a: {pull: 1}', 'b: {extends: a, dockerfile: nope}')],
    [
      'a template, over others',
      'templates: {t: {pull: 1}, u: {extends: [t]}}\n' +
        targets('a: {extends: u, context: nope}', 'b: {}'),
    ],
    ['all templates', 'templates: 1\n' + targets('a: {extends: t, context: nope}', 'b: {}')],
    [
      'misspelt templates',
      'template: {t: {}}\ndefaults: {}\n' + targets('a: {extends: t, stage: nope}', 'b: {}'),
    ],
    [
      'a variable',
      'vars: {x: [1]}\n' + targets('a: {tags: ["{vars.x}"], context: "app-{vars.x}"}'),
    ],
    ['misspelt variables', 'var: {x: 1}\n' + targets('a: {context: "app-{vars.x}"}')],
    [
      'registries',
      'registries: {r: {type: oci}, s: {type: ocy}}\n' +
        targets('a: {registries: [r], tags: [x]}', 'b: {registries: [s], tags: [x]}'),
    ],
    [
      'a registry of an index',
      'registries: {r: {type: oci}, s: {type: ghcr, owner: me}}\n' +
        targets('a: {registries: [r]}', 'b: {registries: [s], platforms: [linux/arm64]}') +
        '\n    indexes: {all: [a, b]}',
    ],
    ['a group', 'groups: {g: 1, h: [g]}\n' + targets('a: {}')],
    ['settings that all share', 'defaults: {contxt: x}\n' + targets('a: {dockerfile: nope}')],
    ['misspelt defaults', 'default: {context: x}\n' + targets('a: {dockerfile: nope}')],
    ['settings of an image', 'images: {app: {default: {}, targets: {a: {dockerfile: nope}}}}'],
    ['a place behind an alias', targets('a: &a {pull: 1, pull: 2}', 'b: *a', 'c: {stage: nope}')],
    ['a syntax error', targets('a: {stage: nope}', 'b: {')],
    ['a newer format', 'version: 2\n' + targets('a: {stage: nope}')],
  ])('%s', async (_what, yaml) => {
    const bytes = new TextEncoder().encode(`version: 1\n${yaml}`);
    const loaded = loadMatrix('matrix.yml', bytes);
    const made = await planOf({yaml});
    expect(!made.ok && made.error).toEqual({
      reason: 'invalid-matrix',
      diagnostics: loaded.ok ? [] : loaded.error.diagnostics,
    });
  });

  test('whatever value of a good file is wrong', {timeout: 60_000}, async () => {
    const sample = parse(samplePlan.yaml) as unknown;
    const wrongValue = fc.constantFrom<unknown>([[]], {no: {such: 'thing'}});
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...pathsOf(sample)), {minLength: 1, maxLength: 3}),
        wrongValue,
        async (paths, wrong) => {
          const file = paths.reduce((before, path) => replaced(before, path, wrong), sample);
          const yaml = stringify(file, {aliasDuplicateObjects: false});
          const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(`version: 1\n${yaml}`));
          fc.pre(!loaded.ok);
          const made = await planOf({...samplePlan, yaml});
          expect(!made.ok && made.error).toEqual({
            reason: 'invalid-matrix',
            diagnostics: loaded.error.diagnostics,
          });
        },
      ),
      {numRuns: 400},
    );
  });
});

type Path = readonly string[];

/** The path of every value, but of those that hold everything. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const below = entries.flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return path.length < 2 ? below : [path, ...below];
}

function replaced(value: unknown, [step, ...below]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? (Object.assign([], value) as unknown as Record<string, unknown>)
    : {...value};
  copy[step] = replaced(copy[step], below, by);
  return copy;
}

test('a password in a URL is hidden in errors of every kind', async () => {
  const made = await planOf({
    yaml: targets(
      'a: {context: "https://me:hunter2@git.example/a.git", pull: 1}',
      'b: {context: "https://me:hunter2@git.example/b.git"}',
      'c: {contexts: {d: "target:https://me:hunter2@git.example/c.git"}}',
    ),
  });
  expect(
    made.ok ? 0 : made.error.reason === 'invalid-matrix' && made.error.diagnostics.length,
  ).toBe(3);
  expect(JSON.stringify(made)).not.toContain('hunter2');
});

test('thousands of templates that extend a broken one are judged within two seconds', async () => {
  const names = Array.from({length: 6000}, (_, index) => `t${String(index)}`);
  const extending = names.map((name, index) => `  ${name}: {extends: t${String(index - 1)}}`);
  const yaml = ['templates:', '  t-1: {pull: 1}', ...extending, targets('a: {stage: nope}')];
  const before = process.cpuUsage();
  const errors = await errorsOf(yaml.join('\n'));
  const {user, system} = process.cpuUsage(before);
  expect(errors.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    'wrong-type `pull` must be true or false, found `1`',
    'unknown-stage Dockerfile has no stage `nope`',
  ]);
  expect((user + system) / 1e6).toBeLessThan(2);
});
