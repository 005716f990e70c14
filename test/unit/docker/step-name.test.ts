import {expect, test} from 'vitest';
import {parseStepName} from '../../../src/docker/step-name.ts';

test.each([
  ['[2/3] RUN x', {stage: 'stage-0', position: 2, count: 3, name: 'RUN x'}],
  ['[install  3/15] COPY . /srv', {stage: 'install', position: 3, count: 15, name: 'COPY . /srv'}],
  ['[stage-1 2/2] RUN [a/b] c', {stage: 'stage-1', position: 2, count: 2, name: 'RUN [a/b] c'}],
  [
    '[linux/arm64 install 3/5] RUN pip install',
    {platform: 'linux/arm64', stage: 'install', position: 3, count: 5, name: 'RUN pip install'},
  ],
  [
    '[linux/arm/v7 1/1] FROM docker.io/x',
    {platform: 'linux/arm/v7', stage: 'stage-0', position: 1, count: 1, name: 'FROM docker.io/x'},
  ],
  [
    '[linux/amd64->arm64 build 1/2] RUN go build',
    {platform: 'linux/arm64', stage: 'build', position: 1, count: 2, name: 'RUN go build'},
  ],
  [
    '[linux/amd64->arm/v7 build 1/2] RUN go build',
    {platform: 'linux/arm/v7', stage: 'build', position: 1, count: 2, name: 'RUN go build'},
  ],
  [
    '[linux/amd64->windows/amd64 build 1/2] RUN go build',
    {platform: 'windows/amd64', stage: 'build', position: 1, count: 2, name: 'RUN go build'},
  ],
  [
    '[1/2] RUN <<EOF (a...)\nb',
    {stage: 'stage-0', position: 1, count: 2, name: 'RUN <<EOF (a...)\nb'},
  ],
  ['[internal] load build context', {name: 'load build context'}],
  ['[linux/arm64 internal] settings', {platform: 'linux/arm64', name: 'settings'}],
  [
    '[auth] library/x:pull token for registry-1.docker.io',
    {name: '[auth] library/x:pull token for registry-1.docker.io'},
  ],
  ['[context base] load metadata for x', {name: '[context base] load metadata for x'}],
  ['exporting to image', {name: 'exporting to image'}],
  ['', {name: ''}],
])('%s', (name, parts) => {
  expect(parseStepName(name)).toEqual(parts);
});
