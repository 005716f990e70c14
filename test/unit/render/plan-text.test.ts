import {describe, expect, it} from 'vitest';

import {formatList} from '../../../src/render/list-text.ts';
import {formatCommands, formatPlan} from '../../../src/render/plan-text.ts';
import {stageFacts, stageNames} from '../../../src/render/stage-facts.ts';
import {textWidth} from '../../../src/render/text-width.ts';
import {planOf, plannedTarget} from '../run/sample-plan.ts';
import {plainStyle} from './sample-run.ts';

const cpu = plannedTarget('cpu', {
  description: 'Any CPU',
  platforms: ['linux/amd64', 'linux/arm64'],
  tags: ['face-service:1.0', 'face-service:1.0-cpu'],
});
const cuda = plannedTarget('cuda-12.6', {
  key: 'cuda',
  axes: {cuda: '12.6'},
  accelerator: 'cuda',
  stage: 'runtime',
  dependsOn: [cpu.id],
  output: {kind: 'push', through: 'digest', repositories: ['ghcr.io/acme/face-service']},
  builder: 'gpu-host',
});

describe('formatPlan', () => {
  it('shows what each target is made of, and its command', () => {
    expect(formatPlan(planOf(cpu, cuda), plainStyle()).split('\n')).toEqual([
      '2 targets of matrix.yml, version 1.0',
      '',
      'face-service/cpu  Any CPU',
      '  platforms  linux/amd64, linux/arm64',
      '  builds     dockerfiles/Dockerfile, stage beside',
      '  context    dockerfiles',
      '  tags       face-service:1.0',
      '             face-service:1.0-cpu',
      '  result     OCI layout in .build-matrix/images/face-service',
      '  BUILDX_METADATA_PROVENANCE=max docker buildx build \\',
      '    --metadata-file=.build-matrix/work/face-service/cpu.json \\',
      '    dockerfiles',
      '',
      'face-service/cuda-12.6',
      '  platforms  linux/amd64',
      '  for        cuda',
      '  matrix     cuda=12.6',
      '  builds     dockerfiles/Dockerfile, stage runtime',
      '  context    dockerfiles',
      '  after      face-service/cpu',
      '  tags       face-service:1.0-cuda-12.6',
      '  result     pushed by digest',
      '  builder    gpu-host',
      '  BUILDX_METADATA_PROVENANCE=max docker buildx build \\',
      '    --metadata-file=.build-matrix/work/face-service/cuda-12.6.json \\',
      '    dockerfiles',
    ]);
  });

  it('shows what runs after a target for the sizes of its stages', () => {
    const command = {program: 'docker', args: ['buildx', '--target=a', '.'], env: {}} as const;
    const one = {stage: 'a', index: 0, platforms: ['linux/amd64'], command, metadataFile: 'a'};
    const text = formatPlan(planOf({...cpu, stageExports: [one]}), plainStyle());
    expect(text.split('\n').slice(-4)).toEqual([
      '  # then, from the cache, for the size of stage a',
      '  docker buildx \\',
      '    --target=a \\',
      '    .',
    ]);
  });

  it('says why a target need not run', () => {
    const because = '1.0 of this commit is published; --force builds it again';
    const decision = {kind: 'unchanged', digests: {[cpu.id]: 'sha256:1'}, because} as const;
    const text = formatPlan(planOf(cpu), plainStyle(), new Map([['face-service/cpu', decision]]));
    expect(text.split('\n').slice(9, 11)).toEqual([
      '  unchanged  sha256:1',
      `             ${because}`,
    ]);
  });

  it('names the commit, and says when it was modified', () => {
    const commit = 'c'.repeat(40);
    const git = {commit, branch: 'main', tag: null, dirty: true, committedAt: '', remote: null};
    const [heading] = formatPlan({...planOf(cpu), git}, plainStyle()).split('\n');
    expect(heading).toBe('1 target of matrix.yml, version 1.0, commit cccccccccccc (modified)');
  });
});

describe('formatCommands', () => {
  it('is one line a target', () => {
    expect(formatCommands(planOf(cpu, cuda)).split('\n')).toEqual([
      'BUILDX_METADATA_PROVENANCE=max docker buildx build --metadata-file=.build-matrix/work/face-service/cpu.json dockerfiles',
      'BUILDX_METADATA_PROVENANCE=max docker buildx build --metadata-file=.build-matrix/work/face-service/cuda-12.6.json dockerfiles',
    ]);
  });
});

describe('formatList', () => {
  it('is a table', () => {
    expect(formatList(planOf(cpu, cuda), plainStyle(140)).split('\n')).toEqual([
      'TARGET                  PLATFORMS     FOR   STAGES           TAGS           DESCRIPTION',
      'face-service/cpu        amd64, arm64  cpu   runtime, beside  1.0, 1.0-cpu   Any CPU',
      'face-service/cuda-12.6  amd64         cuda  runtime, beside  1.0-cuda-12.6',
    ]);
  });

  it('drops what is least needed on a narrow terminal', () => {
    for (const columns of [40, 60, 80]) {
      const lines = formatList(planOf(cpu, cuda), plainStyle(columns)).split('\n');
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
      expect(lines[1]).toMatch(/^face-service\/cpu +amd64, arm64/);
    }
  });
});

describe('what a terminal would obey', () => {
  const target = plannedTarget('cpu', {
    description: 'Any\n\u001b[31mCPU\n',
    dockerfile: 'a\u001b[2Jb',
    command: {program: 'docker', env: {}, args: ['buildx', 'build', '--label=a=\u0007\n', '.']},
  });

  it('is shown as escapes in the table and the plan', () => {
    expect(formatList(planOf(target), plainStyle(140)).split('\n')[1]).toMatch(
      / Any \\u\{1b\}\[31mCPU$/,
    );
    const plan = formatPlan(planOf(target), plainStyle()).split('\n');
    expect(plan).toContain('face-service/cpu  Any \\u{1b}[31mCPU');
    expect(plan).toContain('  builds     a\\u{1b}[2Jb, stage beside');
    expect(plan).toContain("    $'--label=a=\\007\\n' \\");
  });

  it('does not break the one line of a command', () => {
    expect(formatCommands(planOf(target))).toBe("docker buildx build $'--label=a=\\007\\n' .");
  });
});

describe('stageNames and stageFacts', () => {
  it('are those of the Dockerfile, without the nameless', () => {
    const stages = [
      {
        name: 'base',
        index: 0,
        line: 1,
        base: {kind: 'image', reference: 'python'},
        shipped: true,
        used: true,
      },
      {name: null, index: 1, line: 3, base: {kind: 'stage', index: 0}, shipped: true, used: true},
    ] as const;
    const target = plannedTarget('cpu', {stages});
    expect(stageNames(target)).toEqual(['base']);
    expect(stageFacts(planOf(target)).get(target.id)).toEqual([{name: 'base', fromImage: true}]);
  });
});
