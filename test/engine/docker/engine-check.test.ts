import {expect, test} from 'vitest';
import {checkEngine, type EngineNeed} from '../../../src/docker/engine-check.ts';
import {askEngine} from '../../../src/docker/engine-questions.ts';
import {processes} from './real-builds.ts';

const need = (builder: string | null, platforms = ['linux/amd64', 'linux/arm64']): EngineNeed => ({
  id: 'face/cpu',
  builder,
  platforms,
  output: {kind: 'push'},
});

test('the engine and all its builders are usable', async () => {
  const needs = [need('bm-one'), need('bm-two'), need('bm-nodes'), need('default')];
  const report = await checkEngine(askEngine(processes, new AbortController().signal), needs);
  expect(report).toMatchObject({
    ok: true,
    value: {
      notices: [],
      facts: {
        docker: expect.stringMatching(/^\d+\.\d+/u) as string,
        buildx: expect.stringMatching(/^\d+\.\d+/u) as string,
        builders: [
          {name: 'bm-one', nodes: [{}]},
          {name: 'bm-two', nodes: [{}]},
          {name: 'bm-nodes', nodes: [{}, {}]},
          {name: 'default', driver: 'docker', nodes: [{}]},
        ],
      },
    },
  });
});

test('a builder that does not exist, and a platform that nobody builds', async () => {
  expect(
    await checkEngine(askEngine(processes, new AbortController().signal), [need('bm-none')]),
  ).toMatchObject({
    error: {problem: 'builder-missing', message: 'there is no builder bm-none'},
  });
  expect(
    await checkEngine(askEngine(processes, new AbortController().signal), [
      need('bm-one', ['linux/riscv64']),
    ]),
  ).toMatchObject({
    error: {problem: 'builder-lacks-platform'},
  });
});
