import fc from 'fast-check';
import {expect, test} from 'vitest';

import {publishedVersions} from '../../../src/release/published-versions.ts';
import {
  compareVersions,
  parseVersion,
  readVersion,
  versionInTag,
  versionOfTag,
  versionTags,
  type TagRules,
  type TagTemplate,
  type Version,
} from '../../../src/release/version-tags.ts';

const usual: TagRules = {moving: ['minor', 'major', 'latest'], latest: 'latest', next: null};
const plain: TagTemplate = {prefix: '', suffix: ''};
const cuda: TagTemplate = {prefix: '', suffix: '-cuda12.6'};

function version(text: string): Version {
  const read = readVersion(text);
  if (read === undefined) throw new Error(`${text} is no version`);
  return read;
}

/** `1.4.9 1.4`, with `!1` for what stays where it is. */
function tagsOf(
  text: string,
  published: readonly string[],
  template = plain,
  rules = usual,
): string {
  const tags = versionTags(version(text), template, published.map(version), rules);
  if (!tags.ok) return tags.error.message;
  return tags.value.map(({tag, moves}) => `${moves ? '' : '!'}${tag}`).join(' ');
}

test('the greatest version has all tags', () => {
  expect(tagsOf('1.4.2', ['1.4.1', '1.3.9'])).toBe('1.4.2 1.4 1 latest');
  expect(tagsOf('1.4.2', [])).toBe('1.4.2 1.4 1 latest');
  expect(tagsOf('1.4.2', ['1.4.2', '1.4.1'])).toBe('1.4.2 1.4 1 latest');
});

test('a backport moves its own line only (docker/metadata-action#407, #326, #80)', () => {
  expect(tagsOf('1.4.9', ['1.4.8', '2.0.0'])).toBe('1.4.9 1.4 1 !latest');
  expect(tagsOf('1.4.9', ['1.4.8', '1.5.2', '2.0.0'])).toBe('1.4.9 1.4 !1 !latest');
  expect(tagsOf('1.5.3', ['1.5.2', '2.0.0'])).toBe('1.5.3 1.5 1 !latest');
  expect(tagsOf('1.9.1', ['1.9.0', '2.0.1'])).toBe('1.9.1 1.9 1 !latest');
});

test('versions are compared as numbers', () => {
  expect(tagsOf('1.4.10', ['1.4.9', '1.4.2'])).toBe('1.4.10 1.4 1 latest');
  expect(tagsOf('10.0.0', ['9.0.0'])).toBe('10.0.0 10.0 10 latest');
});

test('a pre-release has its own tag, and `next` where that is asked for', () => {
  expect(tagsOf('2.0.0-rc.1', ['1.4.2'])).toBe('2.0.0-rc.1');
  const rules = {...usual, next: 'next'};
  expect(tagsOf('2.0.0-rc.1', ['1.4.2'], plain, rules)).toBe('2.0.0-rc.1 next');
  expect(tagsOf('2.0.0-rc.2', ['2.0.0-rc.10'], plain, rules)).toBe('2.0.0-rc.2 !next');
});

test('a pre-release is never what a stable version is held against', () => {
  expect(tagsOf('1.4.3', ['2.0.0-rc.1', '1.5.0-beta.1'])).toBe('1.4.3 1.4 1 latest');
});

test('below 1.0.0 there is no tag of the major version', () => {
  expect(tagsOf('0.4.2', ['0.4.1'])).toBe('0.4.2 0.4 latest');
  expect(tagsOf('0.4.3', ['0.5.0'])).toBe('0.4.3 0.4 !latest');
});

test('a variant is never part of the version', () => {
  expect(tagsOf('1.4.2', ['1.4.1'], cuda)).toBe(
    '1.4.2-cuda12.6 1.4-cuda12.6 1-cuda12.6 latest-cuda12.6',
  );
  expect(tagsOf('1.4.2', [], {prefix: 'gpu-v', suffix: ''})).toBe(
    'gpu-v1.4.2 gpu-v1.4 gpu-v1 gpu-latest',
  );
  expect(tagsOf('1.4.2', [], {prefix: 'v', suffix: '-cpu'})).toBe(
    'v1.4.2-cpu v1.4-cpu v1-cpu latest-cpu',
  );
  expect(tagsOf('1.4.2', [], {prefix: 'dev', suffix: ''})).toBe('dev1.4.2 dev1.4 dev1 devlatest');
});

test('build metadata is kept: `+` becomes `_`, which no version has', () => {
  expect(tagsOf('1.4.2+cu12', ['1.4.1'])).toBe('1.4.2_cu12 1.4 1 latest');
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Za-z.+-]{0,30}$/), (text) => {
      expect(versionOfTag(versionInTag(text))).toBe(text);
    }),
  );
});

test('matrix.yml says which tags move', () => {
  expect(tagsOf('1.4.2', [], plain, {...usual, moving: ['minor']})).toBe('1.4.2 1.4');
  expect(tagsOf('1.4.2', [], plain, {...usual, moving: []})).toBe('1.4.2');
  expect(tagsOf('1.4.2', [], cuda, {...usual, latest: 'stable'})).toBe(
    '1.4.2-cuda12.6 1.4-cuda12.6 1-cuda12.6 stable-cuda12.6',
  );
});

test('a tag that is too long fails, and is never cut', () => {
  const long = `1.4.2-${'a'.repeat(110)}`;
  expect(tagsOf(long, [])).toBe(long);
  expect(tagsOf(long, [], {prefix: '', suffix: `-${'b'.repeat(20)}`})).toMatch(
    /^tag `1\.4\.2-a+…` has 137 characters$/u,
  );
});

test.for([
  '1.4',
  '1',
  'latest',
  '',
  '1.4.2.1',
  '01.4.2',
  '1.4.2-',
  '1.4.2 ',
  ' 1.4.2',
  '=1.4.2',
  '1.4.2+',
  'v',
])('`%s` is not a version', (text) => {
  expect(parseVersion(text, 'v')).toMatchObject({ok: false});
});

test('a version may be written as its git tag', () => {
  expect(parseVersion('v1.4.2', 'v')).toMatchObject({ok: true, value: {text: '1.4.2'}});
  expect(parseVersion('release-1.4.2', 'release-')).toMatchObject({value: {text: '1.4.2'}});
  expect(parseVersion('v1.4.2', 'release-')).toEqual({
    ok: false,
    error: {
      message: '`v1.4.2` is not a version',
      suggestion: 'write a semantic version (semver.org), such as `1.4.2` or `2.0.0-rc.1`',
    },
  });
});

const templates = [plain, {prefix: '', suffix: '-cuda'}, cuda];

function published(
  template: TagTemplate,
  tags: readonly string[],
  git: readonly string[] = [],
): readonly string[] {
  const gitVersions = git.map(version);
  return publishedVersions(template, {tags, gitVersions, templates}).map(({text}) => text);
}

test('each variant knows its own versions', () => {
  const tags = ['1.4.2', '1.4.2-cuda', '1.5.0', '1.5', 'latest', 'latest-cuda', '1.6.0-cuda12.6'];
  expect(published(plain, tags)).toEqual(['1.4.2', '1.5.0']);
  expect(published({prefix: '', suffix: '-cuda'}, tags)).toEqual(['1.4.2']);
  expect(published(cuda, tags)).toEqual(['1.6.0']);
});

test('what git knows counts, unless the version was released without the variant', () => {
  expect(published(plain, [], ['1.4.2', '2.0.0'])).toEqual(['1.4.2', '2.0.0']);
  expect(published(cuda, ['2.0.0', '2.0.0-cuda', '1.4.2-cuda12.6'], ['1.4.2', '2.0.0'])).toEqual([
    '1.4.2',
  ]);
});

test('a variant that has gone is not taken for a pre-release', () => {
  expect(published(plain, ['2.0.0-jetson', '2.0.0'], ['2.0.0', '2.1.0-rc.1'])).toEqual([
    '2.0.0',
    '2.1.0-rc.1',
  ]);
});

const number = fc.integer({min: 0, max: 3});
const versions = fc
  .uniqueArray(
    fc
      .tuple(number, number, number, fc.option(fc.integer({min: 1, max: 3})))
      .map(([major, minor, patch, rc]) =>
        version(`${major}.${minor}.${patch}${rc === null ? '' : `-rc.${rc}`}`),
      ),
    {selector: ({text}) => text, minLength: 1, maxLength: 12},
  )
  .chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, {minLength: list.length})),
  );

/** Releases one after the other into one repository, and what its tags point at in the end. */
function releaseAll(
  order: readonly Version[],
  variants: readonly TagTemplate[],
): ReadonlyMap<string, string> {
  const registry = new Map<string, string>();
  const git: Version[] = [];
  for (const one of order) {
    for (const template of variants) {
      const known = publishedVersions(template, {
        ...{tags: [...registry.keys()], gitVersions: git},
        templates: variants,
      });
      const tags = versionTags(one, template, known, {...usual, next: 'next'});
      if (!tags.ok) throw new Error(tags.error.message);
      for (const {tag, moves} of tags.value) if (moves) registry.set(tag, one.text);
    }
    git.push(one);
  }
  return registry;
}

test('releases and backports in any order end with the same tags, which are the greatest of their reach', () => {
  fc.assert(
    fc.property(versions, ([list, shuffled]) => {
      const ends = releaseAll(shuffled, templates);
      expect(new Map([...ends].toSorted())).toEqual(
        new Map([...releaseAll(list, templates)].toSorted()),
      );
      const stable = list.filter(({isPrerelease}) => !isPrerelease).toSorted(compareVersions);
      const greatest = (reach: (one: Version) => boolean): string | undefined =>
        stable.findLast(reach)?.text;
      for (const {suffix} of templates) {
        expect(ends.get(`latest${suffix}`)).toBe(greatest(() => true));
        for (const {major, minor} of stable) {
          expect(ends.get(`${major}.${minor}${suffix}`)).toBe(
            greatest((one) => one.major === major && one.minor === minor),
          );
        }
        expect(ends.has(`0${suffix}`)).toBe(false);
        for (const {text} of list) expect(ends.get(`${text}${suffix}`)).toBe(text);
      }
    }),
  );
});
