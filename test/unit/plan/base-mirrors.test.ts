import {expect, test} from 'vitest';

import {goodPlan, optionValues, planFailure} from './plan-rig.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const files = {
  Dockerfile: `# syntax=docker/dockerfile:1
ARG BASE=python:3.12-slim
FROM alpine AS unused
FROM nvcr.io/nvidia/cuda:12@${digest} AS tools
FROM $BASE AS last
COPY --from=tools / /
COPY --from=docker.io/library/busybox:latest / /
RUN --mount=type=bind,from=acme/data,target=/data true
`,
};
const contextsOf = async (yaml: string, mirrors: Record<string, string> = {}) =>
  optionValues(await goodPlan({yaml, files, options: {mirrors}}), 'face/cpu', '--build-context');

test('every image that is needed is read from the mirror of its registry', async () => {
  const contexts = await contextsOf(
    'mirrors: {docker.io: "localhost:5000/hub", nvcr.io: "{vars.host}"}\nvars: {host: "m.example"}\nimages: {face: {targets: {cpu: {}}}}',
  );
  expect(contexts).toEqual([
    `nvcr.io/nvidia/cuda:12@${digest}=docker-image://m.example/nvidia/cuda:12@${digest}`,
    'python:3.12-slim=docker-image://localhost:5000/hub/library/python:3.12-slim',
    'busybox=docker-image://localhost:5000/hub/library/busybox:latest',
    'acme/data=docker-image://localhost:5000/hub/acme/data',
    'docker/dockerfile:1=docker-image://localhost:5000/hub/docker/dockerfile:1',
  ]);
});

test('the command line wins, and so does a context of the target', async () => {
  const contexts = await contextsOf(
    'mirrors: {docker.io: a.example}\nimages: {face: {targets: {cpu: {contexts: {"python:3.12-slim": "docker-image://quay.io/mine"}}}}}',
    {'docker.io': 'b.example/x'},
  );
  expect(contexts).toEqual([
    'busybox=docker-image://b.example/x/library/busybox:latest',
    'acme/data=docker-image://b.example/x/acme/data',
    'docker/dockerfile:1=docker-image://b.example/x/docker/dockerfile:1',
    'python:3.12-slim=docker-image://quay.io/mine',
  ]);
});

test('a base that an argument chooses is mirrored as what it is', async () => {
  const contexts = await contextsOf(
    'images: {face: {targets: {cpu: {args: {BASE: "nvcr.io/x:1"}}}}}',
    {
      'nvcr.io': 'm.example',
    },
  );
  expect(contexts).toContain('nvcr.io/x:1=docker-image://m.example/x:1');
});

test('a mirror that is no place is refused', async () => {
  const yaml = 'images: {face: {targets: {cpu: {}}}}';
  expect(await planFailure({yaml, options: {mirrors: {'docker.io': 'A B'}}})).toBe(
    '--mirror docker.io=A B: invalid registry host `A B`\nhelp: write a host with an optional port, such as `registry.example.com:5000`',
  );
});

test('an image that is a named context is read from the mirror of its registry', async () => {
  const contexts = await contextsOf(
    'images: {face: {targets: {cpu: {contexts: {"python:3.12-slim": "docker-image://python:3.13"}}}}}',
    {'docker.io': 'b.example'},
  );
  expect(contexts).toContain('python:3.12-slim=docker-image://b.example/library/python:3.13');
});

test.each(['index.docker.io', 'registry-1.docker.io'])('%s is docker.io', async (host) => {
  const images = 'images: {face: {targets: {cpu: {}}}}';
  const expected = 'acme/data=docker-image://b.example/acme/data';
  expect(await contextsOf(images, {[host]: 'b.example'})).toContain(expected);
  expect(await contextsOf(`mirrors: {${host}: b.example}\n${images}`)).toContain(expected);
});
