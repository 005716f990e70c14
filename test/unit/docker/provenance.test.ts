import {expect, test} from 'vitest';

import {parseProvenance} from '../../../src/docker/provenance.ts';

const text = 'FROM scratch\nCOPY é /\n';
const data = Buffer.from(text).toString('base64');
const digest = {sha256: '8'.repeat(64)};
const materials = [
  {uri: 'pkg:docker/127.0.0.1%3A5000/library/busybox@1.36?platform=linux%2Famd64', digest},
  {uri: 'pkg:docker/python?digest=sha256:8&platform=linux%2Famd64', digest},
  {uri: 'https://github.com/a/b.git', digest: {sha1: 'x'}},
  {uri: 'pkg:docker/%ZZ@1', digest},
  {},
];
const images = [
  {reference: '127.0.0.1:5000/library/busybox:1.36', digest: `sha256:${digest.sha256}`},
  {reference: 'python', digest: `sha256:${digest.sha256}`},
];
const infos = [{language: 'Dockerfile', filename: 'Dockerfile', data}];

const version02 = (predicate: object) => ({
  predicateType: 'https://slsa.dev/provenance/v0.2',
  predicate,
});
const version1 = (predicate: object) => ({
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate,
});

test('mode=max of both versions: the Dockerfile, all options, the images that were read', () => {
  const args = {'build-arg:A': '1', target: 'runtime'};
  const provenance = {dockerfile: text, options: args, hasAllOptions: true, images};
  const old = {
    invocation: {parameters: {args}},
    materials,
    metadata: {
      completeness: {parameters: true},
      'https://mobyproject.org/buildkit@v1#metadata': {source: {infos}},
    },
  };
  expect(parseProvenance(version02(old))).toEqual({ok: true, value: provenance});
  const current = {
    buildDefinition: {
      externalParameters: {request: {args}},
      resolvedDependencies: materials,
    },
    runDetails: {
      metadata: {buildkit_completeness: {request: true}, buildkit_metadata: {source: {infos}}},
    },
  };
  expect(parseProvenance(version1(current))).toEqual({ok: true, value: provenance});
});

test('mode=min: no Dockerfile, and not all options', () => {
  const none = {dockerfile: null, options: {}, hasAllOptions: false, images: []};
  expect(parseProvenance(version02({}))).toEqual({ok: true, value: none});
  expect(parseProvenance(version1({buildDefinition: {}}))).toEqual({ok: true, value: none});
});

test('of several Dockerfiles none is taken', () => {
  const two = [...infos, {language: 'Dockerfile', data: 'eA=='}];
  const more = {buildkit_metadata: {source: {infos: two}}};
  const statement = version1({buildDefinition: {}, runDetails: {metadata: more}});
  expect(parseProvenance(statement)).toMatchObject({value: {dockerfile: null}});
});

test.each<[unknown, string]>([
  [null, 'the provenance is not an in-toto statement'],
  [{predicate: {}}, 'the provenance is not an in-toto statement'],
  [
    {predicateType: 'https://slsa.dev/provenance/v2', predicate: {}},
    'the provenance is not one that BuildKit writes',
  ],
  [version1({}), 'the provenance is not one that BuildKit writes'],
  [version02({materials: 7}), 'the provenance is not one that BuildKit writes'],
])('what is something else: %j', (statement, error) => {
  expect(parseProvenance(statement)).toEqual({ok: false, error});
});
