import {beforeEach, expect, test} from 'vitest';

import {revisionLabel, versionLabel} from '../../../src/plan/image-labels.ts';
import type {TargetRecord} from '../../../src/records/build-record.ts';
import {
  verifyTested,
  versionWarning,
  type PromotedTarget,
} from '../../../src/release/promoted-targets.ts';
import type {TestedImage} from '../../../src/release/tested-images.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {commit, digestOf} from './release-world.ts';
import {putImage} from './stored-images.ts';

const repository = 'r.io/app';
const source = `${repository}@${digestOf('1')}`;
let images: FakeImages;

beforeEach(() => {
  images = createFakeImages();
});

/** An image with these labels, and what a run has recorded of it. */
function tested(labels: Readonly<Record<string, string>>, digest = digestOf('1')): TestedImage {
  putImage(images, {repository, reference: digestOf('1'), digest: digestOf('1'), labels});
  const record = {platforms: [{platform: 'linux/amd64', digest}]} as unknown as TargetRecord;
  return {target: 'app/cpu', sources: [source], records: [record], runId: 'run-1'};
}

test('an image of the commit as it is is taken, with what it says of its version', async () => {
  const found = await verifyTested(
    tested({[revisionLabel]: commit, [versionLabel]: 'dev'}),
    images,
  );
  expect(found).toMatchObject({
    ok: true,
    value: {
      target: 'app/cpu',
      platforms: [
        {platform: 'linux/amd64', digest: digestOf('1'), attestations: [], version: 'dev'},
      ],
    },
  });
  expect(await verifyTested(tested({}), images)).toMatchObject({
    ok: true,
    value: {platforms: [{version: null}]},
  });
});

test('an image of files that differ from the commit is refused', async () => {
  expect(await verifyTested(tested({[revisionLabel]: `${commit}-dirty`}), images)).toEqual({
    ok: false,
    error: {
      message: `app/cpu: its image was built from files that differ from the commit (its revision is ${commit}-dirty)`,
      remedy: 'build the commit as it is, and test that: `build-matrix build --push --force`',
    },
  });
});

test('an image that is not the recorded one, or is not there, is refused', async () => {
  expect(await verifyTested(tested({}, digestOf('2')), images)).toEqual({
    ok: false,
    error: {
      message: `app/cpu: ${source} has ${digestOf('1')} for linux/amd64, and run run-1 built ${digestOf('2')}`,
      remedy: 'build and test this commit again, then release it',
    },
  });
  const gone = {...tested({}), sources: [`${repository}@${digestOf('9')}`]};
  expect(await verifyTested(gone, images)).toEqual({
    ok: false,
    error: {
      message: `app/cpu: the registry has no ${repository}@${digestOf('9')}, which run run-1 pushed (${repository}@${digestOf('9')}: not found)`,
      remedy: 'build and push this commit again: `build-matrix build --push`',
    },
  });
  images.fail(source, {kind: 'unreachable', message: 'no route'});
  expect(await verifyTested({...gone, sources: [source]}, images)).toEqual({
    ok: false,
    error: {
      message: 'app/cpu: no route',
      remedy: 'see that the registry can be reached, and that you are logged in',
    },
  });
});

const saying = (target: string, ...versions: readonly (string | null)[]): PromotedTarget => ({
  ...{target, sources: [], records: [], runId: ''},
  platforms: versions.map((version) => ({
    ...{platform: 'linux/amd64', digest: digestOf('1'), attestations: [], version},
  })),
});
const none = (): boolean => false;

test('images that say the version released, or none, are worth no warning', () => {
  expect(versionWarning([], '1.4.2', none)).toBeNull();
  expect(versionWarning([saying('app/cpu', '1.4.2', null)], '1.4.2', none)).toBeNull();
});

test('other versions inside are told once each, with how to have the right one', () => {
  const targets = [
    saying('app/cpu', 'dev', 'dev'),
    saying('app/cuda', '1.4.1'),
    saying('b/c', '1.4.2'),
  ];
  const said =
    'the images say version dev, 1.4.1 inside (label org.opencontainers.image.version), not 1.4.2: they are released byte for byte';
  const remedy =
    'to have it inside, build them before with `build-matrix build --push --image-version 1.4.2`';
  expect(versionWarning(targets, '1.4.2', none)).toBe(`${said}; ${remedy}`);
  expect(versionWarning(targets, '1.4.2', (target) => target === 'app/cpu')).toBe(
    `${said}; ${remedy}`,
  );
});

test('no build is proposed for images whose tags are there, since those stay', () => {
  const targets = [saying('app/cpu', 'dev'), saying('app/cuda', '1.4.2')];
  expect(versionWarning(targets, '1.4.2', (target) => target === 'app/cpu')).toBe(
    'the images say version dev inside (label org.opencontainers.image.version), not 1.4.2: they are released byte for byte, and their tags are there already',
  );
});
