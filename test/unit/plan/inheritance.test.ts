import {expect, test} from 'vitest';

import {goodPlan, optionValues, planFailure} from './plan-rig.ts';

const files = {Dockerfile: 'ARG A B C D E\nFROM scratch\n'};

test('the target wins over extends, later ones over earlier ones, the image over the file', async () => {
  const made = await goodPlan({
    files,
    yaml: `
defaults: {args: {A: defaults, B: defaults, C: defaults, D: defaults, E: defaults}, shmSize: 1g}
templates:
  root: {args: {D: root, C: root}, shmSize: 2g}
  first: {extends: root, args: {C: first}}
  second: {args: {C: second, D: second}}
images:
  face:
    defaults: {args: {B: image}, shmSize: 3g}
    targets:
      other: {args: {E: other}}
      cpu: {extends: [first, second, other], args: {A: target}}
`,
  });
  expect(optionValues(made, 'face/cpu', '--build-arg')).toEqual([
    'A=target',
    'B=image',
    'C=second',
    'D=second',
    'E=other',
  ]);
  expect(optionValues(made, 'face/cpu', '--shm-size')).toEqual(['2g']);
});

test('null takes an entry out again, lists replace', async () => {
  const made = await goodPlan({
    files,
    yaml: `
defaults: {args: {A: "1", B: "2"}, tags: [x, y]}
images: {face: {targets: {cpu: {args: {A: null}, tags: [z], labels: {org.opencontainers.image.title: mine}}}}}
`,
  });
  expect(optionValues(made, 'face/cpu', '--build-arg')).toEqual(['B=2']);
  expect(optionValues(made, 'face/cpu', '--tag')).toEqual(['face:z']);
  expect(optionValues(made, 'face/cpu', '--label')).toEqual([
    'org.opencontainers.image.title=mine',
    'org.opencontainers.image.version=dev',
    'dev.build-matrix.inputs={inputs:face/cpu}',
    'dev.build-matrix.input-parts={input-parts:face/cpu}',
  ]);
});

test('templates that are reached on many ways are no trouble', async () => {
  const levels = Array.from(
    {length: 40},
    (_, level) =>
      `  a${level}: {extends: [a${level + 1}, b${level + 1}]}\n  b${level}: {extends: [a${level + 1}, b${level + 1}], shmSize: ${level + 1}m}\n`,
  );
  const made = await goodPlan({
    yaml: `templates:\n${levels.join('')}  a40: {}\n  b40: {shmSize: 99m}\nimages: {face: {targets: {cpu: {extends: a0}}}}\n`,
  });
  expect(optionValues(made, 'face/cpu', '--shm-size')).toEqual(['2m']);
});

test('unknown templates and circles are located', async () => {
  const failure = await planFailure({
    yaml: `templates:
  a: {extends: b}
  b: {extends: [a]}
images:
  face:
    targets:
      cpu: {extends: [a, ba]}
`,
  });
  expect(failure).toBe(`error: \`extends\` goes round in a circle: a -> b -> a
 --> matrix.yml:4:17
  |
4 |   b: {extends: [a]}
  |                 ^
help: drop one of these \`extends\`
error: \`ba\` is neither a template nor a target of image \`face\`
 --> matrix.yml:8:26
  |
8 |       cpu: {extends: [a, ba]}
  |                          ^^
help: did you mean \`a\`?`);
});

test('a circle is told once, wherever its targets enter it, and templates need no target', async () => {
  const failure = await planFailure({
    yaml: `templates: {s: {extends: t}, t: {extends: s}}
images:
  face:
    targets:
      a: {extends: c}
      b: {extends: a}
      c: {extends: b}
  other: {targets: {a: {}}}
`,
  });
  expect(failure.match(/^(?:error: .*| *--> .*)$/gm)).toEqual([
    'error: `extends` goes round in a circle: s -> t -> s',
    ' --> matrix.yml:2:43',
    'error: `extends` goes round in a circle: a -> c -> b -> a',
    ' --> matrix.yml:7:20',
  ]);
});

test('a chain of thousands of templates exhausts nothing', async () => {
  const chain = Array.from({length: 7000}, (_, index) => `  t${index}: {extends: t${index + 1}}\n`);
  const made = await goodPlan({
    yaml: `templates:\n${chain.join('')}  t7000: {shmSize: 7m}\nimages: {face: {targets: {cpu: {extends: t0}}}}\n`,
  });
  expect(optionValues(made, 'face/cpu', '--shm-size')).toEqual(['7m']);
});

test('templates and variables that nothing uses are checked', async () => {
  const failure = await planFailure({
    yaml: `vars: {name: "{who}", tail: "}", used: "{version}", twice: "{nobody}"}
templates:
  used: {labels: {a: "{vars.twice}{vars.used}"}}
  unused:
    extends: [used, cpu, nothing]
    tags: ["{version}-{matrix.new}-{git.tag}-{target}-{vars.used}", "{vars.nope}"]
    platforms: ["linux/{matrix.a}", "linux/{matrix.b}"]
    args: {SIZE: "{"}
    context: https://me:hunter2@git.example/a.git
images: {face: {targets: {cpu: {extends: used}}}}
`,
  });
  expect(failure.match(/^(?:error: .*| *--> .*)$/gm)).toEqual([
    'error: unknown placeholder `{who}`',
    ' --> matrix.yml:2:15',
    'error: a single `}` belongs to no placeholder',
    ' --> matrix.yml:2:30',
    'error: in the value of {vars.twice}: unknown placeholder `{nobody}`',
    ' --> matrix.yml:4:23',
    'error: `nothing` is neither a template nor a target',
    ' --> matrix.yml:6:26',
    'error: unknown placeholder `{vars.nope}`',
    ' --> matrix.yml:7:70',
    'error: a single `{` belongs to no placeholder',
    ' --> matrix.yml:9:19',
    'error: the context `https://**********@git.example/a.git` holds credentials, which everything that names it would show',
    '  --> matrix.yml:10:14',
  ]);
  expect(failure).not.toContain('hunter2');
});
