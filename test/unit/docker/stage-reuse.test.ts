import {expect, test} from 'vitest';
import {createReuseReader} from '../../../src/docker/stage-reuse.ts';

const earlier = {
  sources: new Set(['sha256:base']),
  lastChangeAt: Date.parse('2026-01-02T03:04:05Z'),
};
const step = {
  digest: 'sha256:step',
  name: '[linux/amd64 builder 2/2] RUN make',
  inputs: ['sha256:base'],
  started: '2026-01-02T03:04:06Z',
};
const from = {digest: 'sha256:base', name: '[builder 1/2] FROM docker.io/library/x@sha256:1'};

function doubtOf(...vertexes: readonly object[]): string | null {
  const reader = createReuseReader(earlier);
  for (const vertex of vertexes) reader.line(JSON.stringify({vertexes: [vertex]}));
  return reader.doubt;
}

const ranAgain =
  'its steps are not in the cache any more, and run again they need not make what the image was made from';
const otherBase = 'its base image is another one than when the image was built';

test.each<[string, object[], string | null]>([
  ['a cached instruction', [from, {...step, cached: true}], null],
  ['an instruction that is only announced', [{...step, started: null}], null],
  ['an instruction that starts', [from, step], ranAgain],
  ['one that a build ran which goes on', [{...step, started: '2026-01-02T03:04:04Z'}], null],
  ['the export itself', [{...step, name: 'exporting to image'}], null],
  ['a directory from scratch', [{...step, name: '[a 1/1] WORKDIR /a', inputs: []}], null],
  ['another base image', [{...from, digest: 'sha256:other'}], otherBase],
  [
    'another image of a context',
    [{digest: 'sha256:other', name: '[context x:1] r.io/x:1'}],
    otherBase,
  ],
  [
    'its name alone',
    [{digest: 'sha256:m', name: '[context x:1] load metadata for r.io/x:1'}],
    null,
  ],
  ['a layout', [{digest: 'sha256:l', name: '[context base] OCI load from client'}], null],
  ['a folder', [{digest: 'sha256:l', name: '[context src] load from client'}], null],
  ['an address', [{digest: 'sha256:l', name: '[context src] https://example.org/x'}], null],
  ['the build context', [{digest: 'sha256:l', name: '[internal] load build context'}], null],
])('%s', (_, vertexes, doubt) => {
  expect(doubtOf(...vertexes)).toBe(doubt);
});

test('the last thing that docker said itself is kept', () => {
  const reader = createReuseReader(earlier);
  for (const line of ['ERROR: \u001b[31mno such stage', '', '{"vertexes":[]}']) reader.line(line);
  expect(reader.said).toBe('ERROR: no such stage');
});
