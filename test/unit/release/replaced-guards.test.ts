import {beforeEach, expect, test} from 'vitest';

import {revisionLabel} from '../../../src/plan/image-labels.ts';
import type {ReleaseStep} from '../../../src/release/release-plan.ts';
import type {JournalDocument} from '../../../src/release/release-journal.ts';
import {replacedProblems, type ReplacedRequest} from '../../../src/release/replaced-guards.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {commit, digestOf, repository} from './release-world.ts';
import {putImage} from './stored-images.ts';

const exact = `${repository}:1.4.2`;
const made: ReleaseStep = {
  ...{kind: 'exact-tags', id: 'tag', stage: 0, of: 'app/cpu', targets: ['app/cpu']},
  ...{references: [exact], sources: [`${repository}@${digestOf('b')}`], annotations: {}},
};
const moving: ReleaseStep = {
  ...{kind: 'moving-tags', id: 'move', stage: 1, level: 'minor', of: 'app/cpu', exact},
  references: [`${repository}:1.4`],
};
const keeping = (after: string, of = commit): JournalDocument => ({
  ...{schema: 1, version: '1.4.2', commit: of, rolledBackAt: null},
  moves: [{reference: `${repository}:1.4`, before: null, after}],
});

let images: FakeImages;

beforeEach(() => {
  images = createFakeImages();
});

/** Of a release whose exact tag holds `b`. */
function problems(more: Partial<ReplacedRequest>) {
  return replacedProblems({
    plan: {version: '1.4.2', commit, steps: [made, moving]},
    journal: null,
    announced: new Map(),
    digests: new Map([[exact, digestOf('b')]]),
    platforms: new Map([['app/cpu', ['linux/amd64']]]),
    isOnlyVersion: true,
    images,
    ...more,
  });
}

function put14(digest: string, revision: string): void {
  const labels = {[revisionLabel]: revision};
  putImage(images, {repository, reference: '1.4', digest, labels});
}

const told = (by: string) => [
  {
    message: `${exact} has been replaced since it was released: it holds ${digestOf('b')}, not ${digestOf('a')} (${by})`,
    remedy: `put it back: docker buildx imagetools create --tag ${exact} ${repository}@${digestOf('a')}; or release the next version`,
  },
];

test('an exact tag is as it was released where nothing tells otherwise', async () => {
  expect(await problems({})).toEqual([]);
  expect(await problems({digests: new Map(), journal: keeping(digestOf('a'))})).toEqual([]);
  expect(await problems({journal: keeping(digestOf('b'))})).toEqual([]);
  expect(await problems({announced: new Map([[exact, digestOf('b')]])})).toEqual([]);
  put14(digestOf('b'), commit);
  expect(await problems({})).toEqual([]);
});

test('the journal of this machine tells that an exact tag was replaced; that of another commit does not', async () => {
  expect(await problems({journal: keeping(digestOf('a'))})).toEqual(
    told('.build-matrix/releases/1.4.2.json'),
  );
  expect(await problems({journal: keeping(digestOf('a'), 'd'.repeat(40))})).toEqual([]);
});

test('a moving tag tells it by another image of this commit, unless another version may have put it there', async () => {
  put14(digestOf('a'), commit);
  expect(await problems({})).toEqual(told('1.4 tells'));
  expect(await problems({isOnlyVersion: false})).toEqual([]);
});

test('a moving tag that holds an image of another commit, or of changed files, tells nothing', async () => {
  put14(digestOf('a'), 'd'.repeat(40));
  expect(await problems({})).toEqual([]);
  put14(digestOf('a'), `${commit}-dirty`);
  expect(await problems({})).toEqual([]);
});

test('the release on GitHub tells it of every exact tag, also where none moves, as with a pre-release', async () => {
  const alone = {version: '1.4.2', commit, steps: [made]};
  const announced = new Map([[exact, digestOf('a')]]);
  expect(await problems({plan: alone, announced})).toEqual(
    told('digests.txt of the release on GitHub'),
  );
  // Once, whoever else tells it.
  expect(await problems({announced, journal: keeping(digestOf('a'))})).toEqual(
    told('digests.txt of the release on GitHub'),
  );
  expect(await problems({announced: new Map([[`${repository}:1.4.1`, digestOf('a')]])})).toEqual(
    [],
  );
});
