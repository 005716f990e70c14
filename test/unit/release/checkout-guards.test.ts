import {expect, test} from 'vitest';

import type {GitFacts} from '../../../src/ports/git.ts';
import {checkoutProblems, type CheckoutFacts} from '../../../src/release/checkout-guards.ts';
import {releaseRules} from '../../../src/release/release-rules.ts';
import {version} from './release-world.ts';

const git: GitFacts = {
  commit: 'c'.repeat(40),
  branch: 'main',
  tag: null,
  dirty: false,
  committedAt: '2026-01-02T03:04:05.000Z',
  remote: null,
};

function problemsOf(
  text: string,
  tags: Readonly<Record<string, string>>,
  more: {
    readonly git?: Partial<GitFacts>;
    readonly isShallow?: boolean;
    readonly isPushed?: boolean | null;
    readonly localTags?: readonly string[];
    readonly isUnreachable?: boolean;
  } = {},
): readonly string[] {
  const facts: CheckoutFacts = {
    version: version(text),
    rules: releaseRules(undefined, false),
    git: {...git, ...more.git},
    checkout: {
      isShallow: more.isShallow ?? false,
      isPushed: more.isPushed ?? null,
      localTags: new Map((more.localTags ?? []).map((name) => [name, 'd'])),
      remoteUrl: null,
    },
    remoteTags: more.isUnreachable === true ? null : new Map(Object.entries(tags)),
  };
  return checkoutProblems(facts).map(({message, remedy}) => `${message} / ${remedy}`);
}

test('nothing speaks against the next version of a line', () => {
  expect(problemsOf('1.4.2', {'v1.4.1': 'a', 'v2.0.0': 'b', other: 'c', v1: 'd'})).toEqual([]);
  expect(problemsOf('1.0.0', {})).toEqual([]);
  expect(problemsOf('1.4.0', {'v1.4.0-rc.1': 'a'})).toEqual([]);
});

test('a version that is lower than its line is refused, unless it is released from this commit', () => {
  expect(problemsOf('1.4.1', {'v1.4.2': 'a', 'v1.4.3-rc.1': 'b'})).toEqual([
    '1.4.1 is lower than 1.4.3-rc.1, which is released already / the next version of this line is greater than 1.4.3-rc.1',
  ]);
  expect(problemsOf('1.4.0-rc.1', {'v1.4.0': 'a'})).toHaveLength(1);
  expect(problemsOf('1.4.1', {'v1.4.2': 'a', 'v1.4.1': git.commit})).toEqual([]);
});

test('versions that differ in build metadata alone are the same to semver', () => {
  expect(problemsOf('1.4.1+b', {'v1.4.1+a': 'a'})).toEqual([
    '1.4.1+b is the same version to semver as 1.4.1+a, which is released already / the next version of this line is greater than 1.4.1+a',
  ]);
});

test('all that is wrong with the checkout is told at once', () => {
  expect(problemsOf('1.4.2', {}, {git: {dirty: true, branch: null}})).toEqual([
    'the checkout has changes that are not committed / commit or stash them: a release is made of a commit',
    'no branch is checked out (HEAD is detached at cccccccccccc) / check out the branch to release from: main, master, release/*',
  ]);
  expect(problemsOf('1.4.2', {}, {git: {branch: 'release/1.4'}})).toEqual([]);
  expect(problemsOf('1.4.2', {}, {git: {branch: 'feature/x'}})).toEqual([
    'releases are made from main, master, release/*, and this is feature/x / check out one of them, or name this one under `release.branches` in matrix.yml',
  ]);
});

test('a shallow clone needs the tags of the remote', () => {
  const remedy =
    'run: git fetch --unshallow --tags origin (in a workflow: actions/checkout with `fetch-depth: 0`)';
  expect(problemsOf('1.4.2', {'v1.4.1': 'a'}, {isShallow: true})).toEqual([
    `this is a shallow clone without the tag v1.4.1 / ${remedy}`,
  ]);
  const shallow = {isShallow: true, localTags: ['v1.4.1']};
  expect(problemsOf('1.4.2', {'v1.4.1': 'a'}, shallow)).toEqual([]);
  expect(problemsOf('1.4.2', {}, {isShallow: true, isUnreachable: true})).toEqual([
    `this is a shallow clone, and its tags cannot be compared with the remote / ${remedy}`,
  ]);
});

test('a commit that nobody else can see is not released; where that is not known, nothing is said', () => {
  expect(problemsOf('1.4.2', {}, {isPushed: false})).toEqual([
    'no branch of origin has commit cccccccccccc / push it: git push origin main (was it pushed from elsewhere: git fetch origin)',
  ]);
  expect(problemsOf('1.4.2', {}, {isPushed: true})).toEqual([]);
  expect(problemsOf('1.4.2', {}, {isPushed: null})).toEqual([]);
});
