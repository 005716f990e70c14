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
