import pc from 'picocolors';

import {loadMatrix} from '../../../src/config/load-matrix.ts';
import type {InvalidMatrix, InvalidUsage} from '../../../src/events/failure.ts';
import type {Result} from '../../../src/model/result.ts';
import {checkValidPart} from '../../../src/plan/check-valid-part.ts';
import {makePlan, type MadePlan, type PlanOptions} from '../../../src/plan/make-plan.ts';
import type {GitFacts} from '../../../src/ports/git.ts';
import {formatDiagnostic} from '../../../src/render/diagnostic-text.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';

export const sampleGit: GitFacts = {
  commit: '0123456789abcdef0123456789abcdef01234567',
  branch: 'feature/fast+small',
  tag: 'v1.4.2',
  dirty: false,
  committedAt: '2026-11-24T05:00:00.000Z',
  remote: 'https://github.com/acme/face-service',
};

export const usualOptions: PlanOptions = {
  tool: '0.1.0',
  matrixFile: 'matrix.yml',
  selectors: [],
  platforms: [],
  shards: [],
  set: [],
  output: {kind: 'oci', folder: '.build-matrix/images'},
  registries: [],
  builder: null,
  noCache: false,
  pull: false,
  mirrors: {},
  version: null,
};

export interface PlanCase {
  /** Text of matrix.yml below `version: 1`. */
  readonly yaml: string;
  /** Text of every other file; without a Dockerfile at the root there is one that starts from scratch. */
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Partial<PlanOptions>;
  readonly git?: GitFacts | null;
}

/** Plans a matrix.yml on a file system in memory. */
export async function planOf({
  yaml,
  files = {},
  options = {},
  git = null,
}: PlanCase): Promise<Result<MadePlan, InvalidMatrix | InvalidUsage>> {
  const text = `version: 1\n${yaml}`;
  const file = options.matrixFile ?? usualOptions.matrixFile;
  const loaded = loadMatrix(file, new TextEncoder().encode(text));
  const facts = {
    files: createFakeFiles({Dockerfile: 'FROM scratch\n', ...files}),
    git,
    options: {...usualOptions, ...options},
  };
  if (loaded.ok) {
    const {matrix, source} = loaded.value;
    return makePlan({...facts, matrix, locate: (path) => source.locate(path)});
  }
  return {ok: false, error: await checkValidPart(loaded.error, facts)};
}

/** The plan of a case that must succeed. */
export async function goodPlan(planCase: PlanCase): Promise<MadePlan> {
  const made = await planOf(planCase);
  if (!made.ok) throw new Error(`no plan: ${failureText(made.error)}`);
  return made.value;
}

/** What a user reads of a case that must fail. */
export async function planFailure(planCase: PlanCase): Promise<string> {
  const made = await planOf(planCase);
  return made.ok ? 'no failure' : failureText(made.error);
}

/** The warnings of a case that must succeed, as a user reads them. */
export async function planWarnings(planCase: PlanCase): Promise<string> {
  const {warnings} = await goodPlan(planCase);
  return warnings.map((one) => formatDiagnostic(one, pc.createColors(false))).join('\n');
}

function failureText(failure: InvalidMatrix | InvalidUsage): string {
  if (failure.reason === 'invalid-usage') return `${failure.message}\nhelp: ${failure.remedy}`;
  return failure.diagnostics.map((one) => formatDiagnostic(one, pc.createColors(false))).join('\n');
}

/** The values that `option` has in the command of a target: `--tag a --tag=b` gives `a` and `b`. */
export function optionValues(made: MadePlan, id: string, option: string): readonly string[] {
  const args = made.plan.targets.find((target) => target.id === id)?.command.args ?? [];
  return args.flatMap((arg, index) => {
    if (arg === option) return [args[index + 1] ?? ''];
    return arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [];
  });
}
