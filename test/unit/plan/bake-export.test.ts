import {expect, test} from 'vitest';

import {importBake} from '../../../src/config/import-bake.ts';
import {exportBake} from '../../../src/plan/bake-export.ts';
import type {MadePlan} from '../../../src/plan/make-plan.ts';
import {goodPlan} from './plan-rig.ts';
import {samplePlan} from './sample.ts';

// The file was read by `docker buildx bake --print` of buildx 0.29.1.
test('the sample as a bake file, to the letter', async () => {
  const bake = exportBake(await goodPlan(samplePlan));
  await expect(`${JSON.stringify(bake, null, 2)}\n`).toMatchFileSnapshot('sample-bake.golden');
});

test('names are those that bake allows, each once', async () => {
  const made = await goodPlan({
    yaml: `images:
  a: {targets: {default: {}, one.x: {tags: [a]}, one_x: {tags: [b]}}}
  b: {targets: {default: {}, c: {}}}
`,
  });
  const bake = exportBake(made);
  expect(bake.group).toEqual({
    default: {targets: ['a_default', 'a_one_x', 'a_one_x_2', 'b_default', 'c']},
  });
  expect(Object.keys(bake.target)).toEqual(bake.group['default']?.targets);
});

test('linked targets are bake’s own, texts are no templates, every output has its form', async () => {
  const yaml = `images:
  a:
    targets:
      app-1.2: {contexts: {base: "target:base.x"}, args: {A: "$\{{x}} %{{y}} $z"}}
      base.x: {provenance: false, sbom: true}
`;
  const files = {Dockerfile: 'ARG A\nFROM scratch\n'};
  const targetsOf = async (kind: 'push' | 'load') =>
    exportBake(
      await goodPlan({yaml, files, options: {output: {kind}, registries: ['localhost:5000']}}),
    ).target;
  const loaded = await targetsOf('load');
  expect(loaded['app-1_2']).toMatchObject({
    contexts: {base: 'target:base_x'},
    args: {A: '$$' + '{x} %%{y} $z'},
    output: ['type=docker'],
  });
  expect(loaded['base_x']).toMatchObject({
    attest: ['type=provenance,disabled=true', 'type=sbom'],
    output: ['type=docker'],
  });
  expect((await targetsOf('push'))['base_x']).toMatchObject({output: ['type=registry']});
  const untagged = goodPlan({
    yaml: yaml.replace('base.x: {', 'base.x: {tags: [], '),
    ...{files, options: {output: {kind: 'push'}, registries: ['localhost:5000']}},
  });
  expect(exportBake(await untagged).target['base_x']).toMatchObject({
    output: ['type=image,name=localhost:5000/a,push=true,push-by-digest=true,name-canonical=true'],
  });
});

// Built with buildx 0.29.1, the image had these very texts.
test('signs before a brace stay as many as they were, in keys too', async () => {
  const texts = '"$\${{x}} %%{{y}} a$%{{z}}"';
  const made = await goodPlan({
    yaml: `images: {a: {targets: {t: {args: {A: ${texts}}, labels: {"$\${w}": k}}}}}\n`,
    files: {Dockerfile: 'ARG A\nFROM scratch\n'},
  });
  expect(exportBake(made).target['t']).toMatchObject({
    args: {A: '$$' + '${x} %%%{y} a$%%{z}'},
    labels: {['$$' + '${w}']: 'k'},
  });
});

test('what is exported and imported again builds the same', async () => {
  const made = await goodPlan(samplePlan);
  const imported = importBake(JSON.parse(JSON.stringify(exportBake(made))));
  const text = imported.ok ? imported.value.text : imported.error;
  const again = await goodPlan({...samplePlan, yaml: text.replace(/^version: 1$/m, '')});

  const argsOf = (one: MadePlan) =>
    one.plan.targets.map(({command}) =>
      command.args.map((arg) => arg.replaceAll(/cuda-12[._]/g, 'cuda-12.')).sort(),
    );
  // bake has no accelerators, and its contexts hold the mirrors of this plan.
  expect(argsOf(again)).toEqual(argsOf(made));
});
