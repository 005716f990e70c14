import {expect, test} from 'vitest';

import {parseDockerfile} from '../../../src/dockerfile/parse-dockerfile.ts';
import {resolveStages, type StageQuestion} from '../../../src/dockerfile/resolve-stages.ts';

function resolve(text: string, question: Partial<StageQuestion> = {}) {
  const parsed = parseDockerfile('Dockerfile', new TextEncoder().encode(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return resolveStages(parsed.value, {
    args: {},
    platforms: ['linux/amd64'],
    stage: null,
    contexts: new Set(),
    ...question,
  });
}

function resolved(text: string, question: Partial<StageQuestion> = {}) {
  const result = resolve(text, question);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  const {stages, images} = result.value;
  return {
    bases: stages.map(({base}) => base),
    shipped: stages.filter((stage) => stage.shipped).map(({index}) => index),
    images: images.map(({reference}) => reference),
  };
}

const sample = `ARG VERSION=3.12
FROM python:\${VERSION}-slim AS base
FROM base AS install
FROM base AS test
COPY --from=install / /
FROM node AS unused
FROM base AS runtime
COPY --from=install / /
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uv
RUN --mount=type=bind,from=alpine,target=/a true
`;

test('the shipped chain, the needed images and nothing else', () => {
  expect(resolved(sample)).toEqual({
    bases: [
      {kind: 'image', reference: 'python:3.12-slim'},
      {kind: 'stage', index: 0},
      {kind: 'stage', index: 0},
      {kind: 'image', reference: 'node'},
      {kind: 'stage', index: 0},
    ],
    shipped: [0, 4],
    images: ['python:3.12-slim', 'ghcr.io/astral-sh/uv:0.5', 'alpine'],
  });
});

test('a stage chosen by name is what is shipped, and arguments win over defaults', () => {
  expect(resolved(sample, {stage: 'TEST', args: {VERSION: '3.13'}})).toMatchObject({
    shipped: [0, 2],
    images: ['python:3.13-slim'],
  });
});

test('a base may depend on the platform', () => {
  const text = 'FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-${TARGETARCH}\n';
  expect(resolved(text, {platforms: ['linux/amd64', 'linux/arm64']})).toEqual({
    bases: [
      {kind: 'image', reference: 'a'},
      {kind: 'image', reference: 'b'},
      {kind: 'stage', index: 0},
    ],
    shipped: [0, 1, 2],
    images: ['a', 'b'],
  });
});

test('a base may depend on the stage that is shipped, by its name or as the last', () => {
  const text =
    'FROM a AS base-one\nFROM b AS base-two\nFROM base-$TARGETSTAGE AS one\nFROM base-$TARGETSTAGE AS two\n';
  // Every FROM sees the one stage that is shipped, also those of others.
  expect(resolved(text, {stage: 'one'})).toMatchObject({
    bases: [{}, {}, {kind: 'stage', index: 0}, {kind: 'stage', index: 0}],
    shipped: [0, 2],
  });
  expect(resolved(text)).toMatchObject({
    bases: [{}, {}, {kind: 'stage', index: 1}, {kind: 'stage', index: 1}],
    shipped: [1, 3],
  });
});

test('what a stage is good for may depend on the platform', () => {
  const text =
    'FROM a AS base-amd64\nFROM b AS base-arm64\nCOPY --from=tools / /\nFROM base-${TARGETARCH}\nFROM c AS tools\n';
  const both = ['linux/amd64', 'linux/arm64'];
  const result = resolve(text, {platforms: both, stage: 'base-arm64'});
  expect(result.ok && result.value.stages.map(({on}) => on)).toEqual([
    undefined,
    undefined,
    {'linux/arm64': {base: {kind: 'stage', index: 1}, shipped: false, used: false}},
    undefined,
  ]);
  const last = resolve(text.replace('FROM c AS tools\n', ''), {platforms: both});
  expect(last.ok && last.value.stages).toMatchObject([
    {
      ...{shipped: true, used: true},
      on: {'linux/arm64': {base: {kind: 'image', reference: 'a'}, shipped: false, used: false}},
    },
    {
      ...{shipped: true, used: true},
      on: {'linux/amd64': {base: {kind: 'image', reference: 'b'}, shipped: false, used: false}},
    },
    {
      base: {kind: 'stage', index: 0},
      on: {'linux/arm64': {base: {kind: 'stage', index: 1}, shipped: true, used: true}},
    },
  ]);
});

test('a stage is used when the shipped one copies from it or mounts it, however far away', () => {
  const text = `FROM a AS far
FROM a AS test
COPY --from=far / /
FROM a AS by-index
FROM a AS mounted
RUN --mount=type=bind,from=far,target=/x true
FROM a AS triggered
FROM a AS parent
ONBUILD COPY --from=triggered / /
FROM a AS grandparent
ONBUILD COPY --from=never / /
FROM a AS never
FROM grandparent AS between
FROM parent
COPY --from=2 / /
RUN --mount=type=cache,target=/c --mount=from=mounted,target=/x true
`;
  const result = resolve(text);
  const used = result.ok ? result.value.stages.filter((stage) => stage.used) : [];
  expect(used.map(({name}) => name)).toEqual([
    ...['far', 'by-index', 'mounted', 'triggered', 'parent', null],
  ]);
});

test('images tell for which platforms they are shipped', () => {
  const text = 'FROM a-$TARGETARCH$TARGETVARIANT\nCOPY --from=tool / /\n';
  const result = resolve(text, {platforms: ['linux/amd64', 'linux/arm/v7']});
  expect(
    result.ok && result.value.images.map(({reference, shippedFor}) => [reference, shippedFor]),
  ).toEqual([
    ['a-amd64', ['linux/amd64']],
    ['tool', []],
    ['a-armv7', ['linux/arm/v7']],
  ]);
});

test('a stage means the last earlier one of its name, and an image may share the name of a later one', () => {
  const text = 'FROM python AS a\nFROM scratch AS A\nFROM a AS b\nFROM later\nFROM x AS later\n';
  expect(resolved(text).bases).toEqual([
    {kind: 'image', reference: 'python'},
    {kind: 'scratch'},
    {kind: 'stage', index: 1},
    {kind: 'image', reference: 'later'},
    {kind: 'image', reference: 'x'},
  ]);
});

test('COPY --from takes an index', () => {
  expect(resolved('FROM a\nFROM scratch\nCOPY --from=0 / /\n').images).toEqual(['a']);
});

test('named contexts replace an image and a whole stage', () => {
  const text =
    'FROM python:3.12 AS base\nCOPY --from=lost / /\nFROM docker.io/library/alpine:latest\nCOPY --from=base / /\nCOPY --from=tools / /\n';
  const contexts = new Set(['base', 'alpine', 'tools']);
  expect(resolved(text, {contexts})).toEqual({
    bases: [
      {kind: 'context', name: 'base'},
      {kind: 'context', name: 'docker.io/library/alpine:latest'},
    ],
    shipped: [1],
    images: [],
  });
});

test('a base that depends on the building machine stays as written', () => {
  expect(resolved('FROM a-$BUILDARCH\n')).toMatchObject({
    bases: [{kind: 'image', reference: 'a-$BUILDARCH'}],
    images: [],
  });
});

test('a later default sees an earlier argument', () => {
  expect(resolved('ARG A=1\nARG B=${A}.2\nFROM x:$B\n', {args: {A: '5'}}).images).toEqual([
    'x:5.2',
  ]);
});

test.each([
  [
    'ARG BASE\nFROM ${BASE}\n',
    '`${BASE}` is blank: BASE has no value',
    'set `args.BASE` in matrix.yml, or a default at the ARG before FROM',
  ],
  ['FROM ${A\n', "`${A`: syntax error: missing '}'", 'correct the expression'],
])('%j is a located problem', (text, message, suggestion) => {
  const result = resolve(text);
  expect(result.ok ? [] : result.error.map((one) => [one.message, one.suggestion])).toEqual([
    [message, suggestion],
  ]);
});
