import {beforeEach, expect, test} from 'vitest';

import {revisionLabel, versionLabel} from '../../../src/plan/image-labels.ts';
import {inputsLabel, partsLabel} from '../../../src/plan/run-values.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {sampleGit} from '../plan/plan-rig.ts';
import {openProject, putImage, type OpenProject, type Project} from './inputs-rig.ts';

const platforms = ['linux/amd64', 'linux/arm64'];
const repository = 'localhost:5000/face';
const untagged = {...sampleGit, tag: null};
const because = '1.4.2 of this commit is published; --force builds it again';

const project: Project = {
  matrix: {
    registries: {local: {type: 'oci', url: 'http://localhost:5000'}},
    defaults: {registries: ['local'], platforms, context: 'app', args: {VERSION: '{version}'}},
    images: {face: {targets: {cpu: {tags: ['{version}']}}}},
  },
  files: {'app/Dockerfile': 'FROM scratch\nCOPY . /\n', 'app/main.py': 'x\n'},
  git: sampleGit,
};

let files: FakeFiles;
let images: FakeImages;
beforeEach(() => {
  files = createFakeFiles();
  images = createFakeImages();
});

const open = (change: Partial<Project> = {}, force = false): Promise<OpenProject> =>
  openProject({...project, ...change}, {files, images, force});

/** Builds the target before its commit has a version, and releases it under these tags. */
async function release(
  tags: readonly string[],
  {git = untagged, of = platforms, ...change}: Partial<Project> & {of?: readonly string[]} = {},
): Promise<string> {
  const {inputs, made} = await open({...change, git});
  const labels = await inputs.labels('face/cpu', () => undefined);
  const own = {...made.builds[0]?.labels, [inputsLabel]: labels.inputs, [partsLabel]: labels.parts};
  return putImage(images, repository, {platforms: of, labels: own, tags});
}

const decide = async (change: Partial<Project> = {}, force = false) =>
  (await open(change, force)).inputs.decide('face/cpu');
const kindOf = async (change: Partial<Project> = {}, force = false) =>
  (await decide(change, force)).kind;

test('what was released of this very commit is not built again for its version', async () => {
  const digest = await release(['1.4.2']);
  const digests = {'face/cpu': digest};
  expect(await decide()).toEqual({kind: 'unchanged', digests, because});
  expect(await kindOf({}, true)).toBe('build');
  // Nothing is there under the version that is asked for.
  expect(await kindOf({options: {version: '1.4.3'}})).toBe('build');
});

test('every part of a target is in what was released, those of shards as well', async () => {
  const digest = await release(['1.4.2']);
  const shard = {options: {shards: ['face/cpu/linux/amd64']}};
  const digests = {'face/cpu@linux-amd64': digest};
  expect(await decide(shard)).toEqual({kind: 'unchanged', digests, because});
});

test('not of files that are not those of the commit', async () => {
  await release(['1.4.2']);
  expect(await kindOf({git: {...sampleGit, dirty: true}})).toBe('build');
  await release(['1.4.2'], {
    ...{git: {...untagged, dirty: true}, files: {...project.files, 'app/main.py': 'y\n'}},
  });
  expect(await kindOf()).toBe('build');
});

test('not of other platforms, and not under a tag that only looks like it', async () => {
  await release(['1.4.2'], {of: [...platforms, 'linux/s390x']});
  expect(await kindOf()).toBe('build');
  const tags = (tag: string) => ({
    matrix: {...project.matrix, images: {face: {targets: {cpu: {tags: [tag]}}}}},
  });
  const other = tags('11.4.2-{git.branch}');
  await release(['11.4.2-feature-fast-small'], other);
  expect(await kindOf(other)).toBe('build');
  const named = tags('v{version}-gpu');
  await release(['v1.4.2-gpu'], named);
  expect(await kindOf(named)).toBe('unchanged');
});

test('what an earlier commit built counts when it differs in nothing but the version', async () => {
  const git = {...untagged, commit: 'c0ffee'.padEnd(40, '0')};
  await release(['1.4.2'], {git});
  expect(await decide()).toMatchObject({kind: 'unchanged', because});
  expect(await kindOf({files: {...project.files, 'app/main.py': 'y\n'}})).toBe('build');
});

test('the labels that it goes by are those of every image', async () => {
  const [build] = (await open()).made.builds;
  expect(build?.labels).toMatchObject({
    ...{[revisionLabel]: sampleGit.commit, [versionLabel]: '1.4.2'},
  });
  const [dirty] = (await open({git: {...sampleGit, dirty: true}})).made.builds;
  expect(dirty?.labels[revisionLabel]).toBe(`${sampleGit.commit}-dirty`);
});
