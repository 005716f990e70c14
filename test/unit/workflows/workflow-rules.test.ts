import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';

const root = join(import.meta.dirname, '../../..');
const folder = '.github/workflows';
const workflows = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: unknown;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflowIn = (path: string): Workflow => parse(read(path)) as Workflow;
const action = parse(read('action.yml')) as {
  readonly inputs: Readonly<Record<string, {readonly description?: string}>>;
  readonly outputs: Readonly<Record<string, {readonly value: string}>>;
  readonly runs: {readonly steps: readonly (Step & {readonly env?: Record<string, string>})[]};
};

/** Steps of all jobs, with where they are. */
const steps = [
  ...workflows.flatMap((path) =>
    Object.entries(workflowIn(path).jobs).flatMap(([job, {steps: list = []}]) =>
      list.map((step, index) => ({at: `${path} ${job} ${step.name ?? index}`, step})),
    ),
  ),
  ...action.runs.steps.map((step) => ({at: `action.yml ${step.name ?? ''}`, step})),
];

describe.each([...workflows, 'action.yml'])('%s', (path) => {
  const lines = read(path).split('\n');

  test('pins every action by the digest of a commit, with its version beside it', () => {
    const uses = lines.filter((line) => /^\s*(?:- )?uses:/.test(line));
    const local = uses.filter((line) => line.includes('uses: ./'));
    for (const line of uses.filter((one) => !local.includes(one))) {
      expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test('pins one action everywhere to the same commit', () => {
    const everywhere = [...workflows, 'action.yml'].flatMap((one) => [
      ...read(one).matchAll(/uses: ([\w./-]+)@([0-9a-f]{40} # \S+)/g),
    ]);
    for (const [, name = '', pin] of everywhere) {
      const repository = name.split('/').slice(0, 2).join('/');
      const others = everywhere.filter(([, other = '']) => other.startsWith(repository));
      expect(new Set(others.map(([, , one]) => one)), `${name}@${pin}`).toHaveLength(1);
    }
  });
});

describe.each(workflows)('%s', (path) => {
  const {on, permissions, jobs} = workflowIn(path);

  test('grants nothing but what each job declares', () => {
    expect(permissions).toEqual({});
    for (const [name, job] of Object.entries(jobs)) {
      expect(job.permissions, `job ${name}`).toBeDefined();
      expect(Object.values(job.permissions ?? {}), `job ${name}`).not.toContain('write-all');
    }
  });

  test('never runs the code of a fork with the rights of this repository', () => {
    expect(JSON.stringify(on)).not.toMatch(/pull_request_target|workflow_run|issue_comment/);
  });

  test('ends every job some time', () => {
    const own = Object.entries(jobs).filter(([, job]) => job.uses === undefined);
    for (const [name, job] of own) expect(job['timeout-minutes'], `job ${name}`).toBeDefined();
  });
});

test.each(steps)('$at gives no text of others to a shell as code', ({step}) => {
  expect(step.run ?? '').not.toContain('${{');
});

test.each(steps.filter(({step}) => step.uses?.startsWith('actions/checkout@')))(
  '$at leaves no token behind, where nothing is pushed by git',
  ({at, step}) => {
    const isRelease = at.includes('release.yml');
    expect(step.with?.['persist-credentials'] === false).toBe(!isRelease);
  },
);

test('every input of the action reaches its entry point, and every output comes from it', () => {
  const build = action.runs.steps.find(({run}) => run?.includes('build-matrix-action\n') ?? false);
  const last = action.runs.steps.at(-1);
  expect(build ?? last).toBeDefined();
  const given = Object.entries(last?.env ?? {}).filter(([name]) => name.startsWith('INPUT_'));
  expect(Object.fromEntries(given)).toEqual(
    Object.fromEntries(
      Object.keys(action.inputs)
        .filter((name) => name !== 'working-directory' && name !== 'install-only')
        .map((name) => [
          `INPUT_${name.replaceAll('-', '_').toUpperCase()}`,
          `\${{ inputs.${name} }}`,
        ]),
    ),
  );
  for (const [name, {value}] of Object.entries(action.outputs)) {
    expect(value).toBe(`\${{ steps.build.outputs.${name} }}`);
  }
  for (const [name, {description = ''}] of Object.entries(action.inputs)) {
    expect(description, `input ${name}`).not.toBe('');
  }
});
