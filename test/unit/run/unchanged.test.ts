import {expect, test} from 'vitest';

import type {Decision} from '../../../src/inputs/decision.ts';
import type {PlanInputs} from '../../../src/inputs/judge-plan.ts';
import {inputLabels} from '../../../src/plan/run-values.ts';
import {createRunRig} from './run-rig.ts';
import {plannedTarget} from './sample-plan.ts';

const labelled = (name: string) => {
  const target = plannedTarget(name);
  const labels = Object.entries(inputLabels(target.id)).flatMap(([key, value]) => [
    '--label',
    `${key}=${value}`,
  ]);
  const args = target.command.args.toSpliced(-1, 0, ...labels);
  return {...target, command: {...target.command, args}};
};
const cpu = labelled('cpu');
const cuda = {...labelled('cuda'), dependsOn: [cpu.id]};

/** Inputs of which the test says what they come to. */
function inputsOf(
  decisions: Readonly<Record<string, Decision>>,
  touched?: string,
): PlanInputs & {readonly built: PlanInputs['built']; readonly remembered: unknown[]} {
  const remembered: unknown[] = [];
  return {
    remembered,
    decide: (id) =>
      Promise.resolve(decisions[id] ?? {kind: 'build', reasons: [`${id} was never built`]}),
    labels: (id, digestOf) =>
      Promise.resolve({inputs: `1:sha256:${id}`, parts: `{"on":"${digestOf(cpu.id) ?? ''}"}`}),
    built: (...all) => {
      remembered.push(all);
      return Promise.resolve(touched);
    },
  };
}

const there = (digest: string): Decision => ({
  kind: 'unchanged',
  digests: {[cpu.id]: digest},
});

test('an unchanged target is not built, and what builds on it gets its digest', async () => {
  const rig = createRunRig();
  rig.docker(cuda, rig.success(cuda));
  const inputs = inputsOf({[cpu.id]: there(rig.digestOf('cpu'))});
  const {record, failures} = await rig.run([cpu, cuda], {inputs});
  expect(failures).toEqual([]);
  expect(record?.outcome).toBe('succeeded');
  expect(record?.targets.map(({outcome, digest, why}) => [outcome, digest, why])).toEqual([
    ['unchanged', rig.digestOf('cpu'), undefined],
    ['succeeded', rig.digestOf('cuda'), ['face-service/cuda was never built']],
  ]);
  expect(rig.processes.requests).toHaveLength(1);
  expect(rig.processes.requests[0]?.args).toEqual(
    expect.arrayContaining([
      'dev.build-matrix.inputs=1:sha256:face-service/cuda',
      `dev.build-matrix.input-parts={"on":"${rig.digestOf('cpu')}"}`,
    ]),
  );
  expect(rig.sink.ofType('target-finished')[0]).toEqual({
    ...{type: 'target-finished', target: cpu.id, outcome: 'unchanged', durationMs: 0},
    ...{digest: rig.digestOf('cpu'), steps: {total: 0, cached: 0}},
    at: expect.any(Number) as unknown,
  });
  expect(rig.sink.ofType('target-started').map(({target, why}) => [target, why])).toEqual([
    [cuda.id, ['face-service/cuda was never built']],
  ]);
  expect(rig.sink.ofType('run-finished')[0]?.outcomes).toMatchObject({unchanged: 1, succeeded: 1});
  expect(inputs.remembered).toEqual([
    [cuda.id, expect.anything(), {[cuda.id]: rig.digestOf('cuda')}],
  ]);
});

test('sizes of an unchanged target are those that an earlier record has', async () => {
  const rig = createRunRig();
  rig.docker(cpu, rig.success(cpu));
  const earlier = await rig.run([cpu]);
  const digest = rig.digestOf('cpu');
  const runId = '20270102-030405-678-1f9a3c';
  const {record} = await rig.run([cpu], {runId, inputs: inputsOf({[cpu.id]: there(digest)})});
  expect(record?.targets[0]?.outcome).toBe('unchanged');
  expect(record?.targets[0]?.platforms).toEqual(earlier.record?.targets[0]?.platforms);
  expect(record?.targets[0]?.platforms).toHaveLength(1);
});

test('what was touched meanwhile is told', async () => {
  const rig = createRunRig();
  rig.docker(cpu, rig.success(cpu));
  const {failures} = await rig.run([cpu], {inputs: inputsOf({}, 'app/main.py')});
  expect(failures).toEqual([]);
  expect(rig.sink.ofType('notice').map(({diagnostic}) => diagnostic)).toEqual([
    {
      severity: 'warning',
      code: 'touched-while-built',
      message:
        '`app/main.py` was touched while `face-service/cpu` was built: nobody can tell what the image holds of it',
      suggestion: 'the next run builds `face-service/cpu` again',
    },
  ]);
});

test('without inputs the image says nothing of them, and one that failed is not remembered', async () => {
  const rig = createRunRig();
  rig.docker(cpu, rig.success(cpu));
  await rig.run([cpu]);
  expect(rig.processes.requests[0]?.args.join(' ')).not.toContain('dev.build-matrix');
  const failing = createRunRig();
  failing.docker(cpu, {exitCode: 1});
  const inputs = inputsOf({});
  await failing.run([cpu], {inputs});
  expect(inputs.remembered).toEqual([]);
});
