import fc from 'fast-check';
import {expect, test} from 'vitest';

import {expandPlaceholders, type PlaceholderValues} from '../../../src/plan/placeholders.ts';
import {sampleGit} from './plan-rig.ts';

const values: PlaceholderValues = {
  version: '1.4.2+cuda 1',
  git: sampleGit,
  vars: new Map([
    ['team', 'vision'],
    ['tag', '{version}_{git.branch}'],
    ['json', '{{"a": 1}}'],
    ['circle', '{vars.circle}'],
    ['broken', '{version}-{nope'],
  ]),
  image: 'face',
  key: 'cuda',
  target: 'cuda-12.6',
  accelerator: 'cuda',
  matrix: new Map<string, string | number>([
    ['cuda', 12.6],
    ['base', 'a/b:{version}'],
  ]),
};
const expand = (
  text: string,
  use: 'tag' | 'text' = 'text',
  over: Partial<PlaceholderValues> = {},
) => expandPlaceholders(text, {...values, ...over}, use);

test.each([
  ['plain', 'plain'],
  ['{version}-{target}', '1.4.2+cuda 1-cuda-12.6'],
  ['{ key }{image}{accelerator}', 'cudafacecuda'],
  ['{matrix.cuda} {vars.team}', '12.6 vision'],
  ['{vars.tag}', '1.4.2+cuda 1_feature/fast+small'],
  ['{vars.json}', '{"a": 1}'],
  ['{git.sha}', '0123456789abcdef0123456789abcdef01234567'],
  [
    '{git.shortSha} {git.branch} {git.tag} {git.date}',
    '0123456 feature/fast+small v1.4.2 2026-11-24',
  ],
  ['{{version}}', '{version}'],
  ['{{{version}}}', '{1.4.2+cuda 1}'],
  ['{matrix.base}', 'a/b:{version}'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text)).toEqual({ok: true, value: expected});
});

test('in a tag, version, branch and tag are made of tag characters', () => {
  expect(expand('{version}_{git.branch}_{git.tag}', 'tag')).toEqual({
    ok: true,
    value: '1.4.2_cuda-1_feature-fast-small_v1.4.2',
  });
});

test.each([
  [
    'a{matrix.cdua}',
    '{matrix.cdua}',
    'unknown placeholder `{matrix.cdua}`',
    'did you mean `matrix.cuda`?',
  ],
  [
    '{}',
    '{}',
    'unknown placeholder `{}`',
    'known here: {version} {image} {target} {key} {accelerator} {matrix.cuda} {matrix.base} {vars.team} {vars.tag} {vars.json} {vars.circle} {vars.broken} {git.sha} {git.shortSha} {git.branch} {git.tag} {git.date}',
  ],
  ['{a', '{', 'a single `{` belongs to no placeholder', 'write `{{` for the character itself'],
  ['a}', '}', 'a single `}` belongs to no placeholder', 'write `}}` for the character itself'],
])('%s is refused', (text, part, message, suggestion) => {
  const result = expand(text);
  expect(result.ok ? null : result.error).toMatchObject({part, message, suggestion});
});

test.each([
  ['{git.sha}', null, '{git.sha} has no value: there is no git commit here'],
  [
    '{git.branch}',
    {...sampleGit, branch: null},
    '{git.branch} has no value: no branch is checked out',
  ],
  ['{git.tag}', {...sampleGit, tag: null}, '{git.tag} has no value: the commit has no semver tag'],
])('%s without a value says why', (text, git, message) => {
  const result = expand(text, 'text', {git});
  expect(result.ok ? null : result.error.message).toBe(message);
});

test('what is outside a target knows no target', () => {
  const result = expandPlaceholders('{target}', {version: '1', git: null, vars: new Map()}, 'text');
  expect(result.ok ? null : result.error.code).toBe('unknown-placeholder');
});

test('doubled braces give back any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = text.replaceAll('{', '{{').replaceAll('}', '}}');
      expect(expand(escaped)).toEqual({ok: true, value: text});
    }),
  );
});

test('a variable is expanded for what it is used for', () => {
  expect(expand('{vars.tag}', 'tag')).toEqual({ok: true, value: '1.4.2_cuda-1_feature-fast-small'});
});

test.each([
  ['{vars.broken}', 'a single `{` belongs to no placeholder'],
  ['{vars.circle}', 'unknown placeholder `{vars.circle}`'],
])('what is wrong with the value of %s is said', (text, message) => {
  expect(expand(`a-${text}`)).toMatchObject({
    ok: false,
    error: {part: text, message: `in the value of ${text}: ${message}`},
  });
});
