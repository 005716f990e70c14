import {beforeEach, describe, expect, test} from 'vitest';

import {inputsLabel, partsLabel, type InputLabels} from '../../../src/plan/run-values.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {openProject, putImage, type OpenProject, type Project} from './inputs-rig.ts';

const platforms = ['linux/amd64', 'linux/arm64'];
const repository = 'localhost:5000/face';

const project: Project = {
  matrix: {
    registries: {local: {type: 'oci', url: 'http://localhost:5000'}},
    defaults: {registries: ['local'], platforms, context: 'app'},
    images: {
      face: {
        targets: {
          cpu: {tags: ['1'], args: {CUDA: '12.4'}},
          on: {tags: ['on'], contexts: {base: 'target:cpu'}},
        },
      },
    },
  },
  files: {
    'app/Dockerfile': 'ARG CUDA\nFROM python:3.12-slim\nCOPY . /srv\n',
    'app/requirements.txt': 'flask\n',
    'app/main.py': 'x\n',
  },
};

let files: FakeFiles;
let images: FakeImages;
beforeEach(() => {
  files = createFakeFiles();
  images = createFakeImages();
});

const open = (change: Partial<Project> = {}, force = false): Promise<OpenProject> =>
  openProject({...project, ...change}, {files, images, force});

const labelled = ({inputs, parts}: InputLabels) => ({[inputsLabel]: inputs, [partsLabel]: parts});

/** Builds a target as a run does. */
async function build(
  {inputs}: OpenProject,
  target: string,
  options: {readonly tags?: readonly string[]; readonly on?: Readonly<Record<string, string>>} = {},
): Promise<string> {
  const labels = await inputs.labels(target, (id) => options.on?.[id]);
  const digest = putImage(images, repository, {
    ...{platforms, labels: labelled(labels)},
    tags: options.tags ?? [],
  });
  await inputs.built(target, labels, {[target]: digest});
  return digest;
}

/** The same image on another machine, which remembers nothing. */
const elsewhere = (): void => {
  files = createFakeFiles();
};

const write = (path: string, text: string) => ({files: {...project.files, [path]: text}});
const reasons = async (opened: OpenProject, target = 'face/cpu') => {
  const decision = await opened.inputs.decide(target);
  return decision.kind === 'build' ? decision.reasons : decision.kind;
};

describe('where an image with the same inputs is looked for', () => {
  test('never built', async () => {
    expect(await reasons(await open())).toEqual(['it was never built']);
  });

  test('what this machine built, though no tag was ever moved', async () => {
    const digest = await build(await open(), 'face/cpu');
    expect(await (await open()).inputs.decide('face/cpu')).toMatchObject({
      kind: 'unchanged',
      digests: {'face/cpu': digest},
    });
  });

  test('what a tag of the target holds, on another machine', async () => {
    const digest = await build(await open(), 'face/cpu', {tags: ['1']});
    elsewhere();
    expect(await (await open()).inputs.decide('face/cpu')).toMatchObject({
      ...{kind: 'unchanged', digests: {'face/cpu': digest}},
    });
  });

  test('not what is remembered but gone from the registry', async () => {
    await build(await open(), 'face/cpu');
    images = createFakeImages();
    expect(await reasons(await open())).toEqual(['its image is not there any more']);
  });

  test('not an image of which a platform has gone', async () => {
    const digest = await build(await open(), 'face/cpu');
    const index = await images.manifest(repository, digest);
    if (!index.ok) throw new Error('no index');
    const {manifests} = index.value.json as {manifests: readonly {digest: string}[]};
    images.fail(`${repository}@${manifests[1]?.digest ?? ''}`, {
      ...{kind: 'not-found', message: 'gone'},
    });
    expect(await reasons(await open())).toEqual(['its image is not there any more']);
  });

  test('not an image with another platform beside them', async () => {
    const opened = await open();
    const labels = labelled(await opened.inputs.labels('face/cpu', () => undefined));
    putImage(images, repository, {platforms: [...platforms, 'linux/s390x'], labels, tags: ['1']});
    expect(await reasons(await open())).toEqual(['it was never built']);
  });

  test('not an image without labels', async () => {
    putImage(images, repository, {platforms, labels: {}, tags: ['1']});
    expect(await reasons(await open())).toEqual(['its image does not tell what it was built from']);
  });

  test('a registry that does not answer is told', async () => {
    await build(await open(), 'face/cpu');
    elsewhere();
    images.fail(`${repository}:1`, {kind: 'unreachable', message: 'cannot reach localhost:5000'});
    expect(await reasons(await open())).toEqual([
      'earlier images cannot be read: cannot reach localhost:5000',
    ]);
  });

  test('a registry that does not answer is asked once for each target', async () => {
    const digest = await build(await open(), 'face/cpu');
    const failure = {kind: 'unreachable', message: 'cannot reach localhost:5000'} as const;
    images.fail(`${repository}@${digest}`, failure);
    const before = images.asked.length;
    await reasons(await open());
    expect(images.asked.slice(before)).toEqual([`${repository}@${digest}`]);
  });

  test('--force asks nobody', async () => {
    await build(await open(), 'face/cpu', {tags: ['1']});
    const before = images.asked.length;
    const forced = await open({}, true);
    expect(await reasons(forced)).toEqual(['`--force` builds everything']);
    expect([images.asked.length, forced.tags.asked]).toEqual([before, []]);
  });

  test('what docker alone would hold is always built, and nothing is read for it', async () => {
    const opened = await open({options: {output: {kind: 'load'}}});
    expect(await reasons(opened)).toEqual(['an image for docker itself is always built']);
    expect([opened.tags.asked, opened.contextFiles.hashed]).toEqual([[], []]);
  });
});

describe('what changed is told in words', () => {
  const changes: readonly (readonly [Partial<Project>, string])[] = [
    [write('app/requirements.txt', 'flask==3\n'), 'requirements.txt changed'],
    [write('app/new.py', ''), 'new.py is new'],
    [write('app/Dockerfile', 'FROM python:3.12-slim\n'), 'Dockerfile changed'],
    [{moved: ['docker.io/library/python:3.12-slim']}, 'base image python:3.12-slim moved'],
    [{modes: {'app/main.py': 0o755}}, 'main.py changed'],
    [{options: {version: '2'}}, 'label org.opencontainers.image.version changed'],
    [{options: {platforms: ['linux/arm64']}}, 'the platforms changed'],
    [{variables: {SOURCE_DATE_EPOCH: '1'}}, 'variable SOURCE_DATE_EPOCH is new'],
  ];
  test.each(changes)('%j', async (change, words) => {
    await build(await open(), 'face/cpu', {tags: ['1']});
    expect(await reasons(await open(change))).toEqual(words.split(', '));
  });

  test('an argument, and a file that has gone', async () => {
    await build(await open(write('app/old.py', '')), 'face/cpu');
    files = createFakeFiles(
      Object.fromEntries([...files.texts].filter(([path]) => path !== 'app/old.py')),
    );
    const opened = await open({
      matrix: {
        ...project.matrix,
        images: {face: {targets: {cpu: {tags: ['1'], args: {CUDA: '12.6', MORE: ''}}}}},
      },
    });
    expect(await reasons(opened)).toEqual([
      'old.py is gone',
      'argument CUDA changed',
      'argument MORE is new',
    ]);
  });

  test('what was built here is not read again to learn that it is another image', async () => {
    await build(await open(), 'face/cpu', {tags: ['1']});
    const before = images.asked.length;
    await reasons(await open(write('app/main.py', 'y\n')));
    expect(images.asked.slice(before)).toEqual([`${repository}:1`]);
    elsewhere();
    const there = images.asked.length;
    await reasons(await open(write('app/main.py', 'y\n')));
    expect(images.asked.slice(there).length).toBeGreaterThan(1);
  });

  test('many files are counted', async () => {
    await build(await open(), 'face/cpu');
    const many = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`app/f${n}`, '']));
    expect(await reasons(await open({files: {...project.files, ...many}}))).toEqual([
      ...['f1 is new', 'f2 is new', 'f3 is new', '2 more files changed'],
    ]);
  });

  test('on another machine the label tells, which knows no files', async () => {
    await build(await open(), 'face/cpu', {tags: ['1']});
    elsewhere();
    expect(await reasons(await open(write('app/requirements.txt', 'x')))).toEqual([
      'the build context changed',
    ]);
  });

  test('back on an earlier state, its image is found again', async () => {
    const digest = await build(await open(), 'face/cpu', {tags: ['1']});
    const changed = write('app/main.py', 'y\n');
    await build(await open(changed), 'face/cpu', {tags: ['1']});
    expect(await (await open()).inputs.decide('face/cpu')).toMatchObject({
      ...{kind: 'unchanged', digests: {'face/cpu': digest}},
    });
  });
});

describe('a target that builds on another', () => {
  test('is unchanged with it, by its very digest', async () => {
    const opened = await open();
    const cpu = await build(opened, 'face/cpu');
    const on = await build(opened, 'face/on', {on: {'face/cpu': cpu}});
    expect(await (await open()).inputs.decide('face/on')).toMatchObject({
      ...{kind: 'unchanged', digests: {'face/on': on}},
    });
  });

  test('is built with it', async () => {
    const opened = await open();
    const cpu = await build(opened, 'face/cpu');
    await build(opened, 'face/on', {on: {'face/cpu': cpu}});
    const changed = await open({moved: ['docker.io/library/python:3.12-slim']});
    expect(await reasons(changed, 'face/on')).toEqual(['it builds on face/cpu, which is built']);
  });

  test('is built when the other has another image by now, though of the same inputs', async () => {
    const opened = await open();
    const cpu = await build(opened, 'face/cpu');
    await build(opened, 'face/on', {on: {'face/cpu': cpu}});
    const labels = await opened.inputs.labels('face/cpu', () => undefined);
    const again = putImage(images, repository, {
      ...{platforms, labels: {...labelled(labels), note: 'built with --force'}, tags: []},
    });
    await opened.inputs.built('face/cpu', labels, {'face/cpu': again});
    expect(await reasons(await open(), 'face/on')).toEqual([
      'face/cpu, which it builds on, changed',
    ]);
  });
});

test('a file that was touched while the image was built: the image proves nothing', async () => {
  const opened = await open();
  const labels = await opened.inputs.labels('face/cpu', () => undefined);
  opened.contextFiles.touch('app/main.py');
  const digest = putImage(images, repository, {platforms, labels: labelled(labels), tags: ['1']});
  expect(await opened.inputs.built('face/cpu', labels, {'face/cpu': digest})).toBe('app/main.py');
  expect(await reasons(await open())).toEqual([
    'its files were touched while the last image was built',
  ]);
});

test('contexts and images that targets share are read once', async () => {
  const opened = await open();
  await opened.inputs.decide('face/cpu');
  await opened.inputs.labels('face/on', () => undefined);
  expect(opened.tags.asked).toEqual(['docker.io/library/python:3.12-slim']);
  expect(opened.contextFiles.hashed.toSorted()).toEqual([
    'app/Dockerfile',
    'app/main.py',
    'app/requirements.txt',
  ]);
});

describe('shards of a target', () => {
  const shard = (...shards: readonly string[]) => open({options: {shards}});

  test('say of their parts what the whole is made of, so that it is found when they are joined', async () => {
    const parts = await Promise.all(
      platforms.map(async (platform) => {
        const {inputs} = await shard(`face/cpu/${platform}`);
        return inputs.labels('face/cpu', () => undefined);
      }),
    );
    const whole = await (await open()).inputs.labels('face/cpu', () => undefined);
    expect(parts).toEqual([whole, whole]);
  });

  test('bring what they were asked for by themselves, and take what they build on as a whole', async () => {
    const digest = await build(await open(), 'face/cpu', {tags: ['1']});
    elsewhere();
    expect((await (await shard('face/cpu/linux/amd64')).inputs.decide('face/cpu')).kind).toBe(
      'build',
    );
    expect(await (await shard('face/cpu')).inputs.decide('face/cpu')).toEqual({
      kind: 'unchanged',
      digests: {'face/cpu': digest},
    });
    const on = await shard('face/on/linux/amd64');
    expect(await on.inputs.decide('face/cpu')).toEqual({
      kind: 'unchanged',
      digests: {'face/cpu@linux-amd64': digest},
    });
    // Built on the same image by all machines, their parts agree with the whole.
    const labels = await on.inputs.labels('face/on', () => digest);
    expect(labels).toEqual(await (await open()).inputs.labels('face/on', () => digest));
  });
});
