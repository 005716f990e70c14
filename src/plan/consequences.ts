import type {MatrixPath, FindingDetails, Findings} from './findings.ts';

/** Settings that decide what is built; errors in others say nothing about the Dockerfile. */
const deciding: ReadonlySet<unknown> = new Set([
  ...['context', 'dockerfile', 'stage', 'platforms', 'accelerator', 'args', 'contexts'],
]);

/** True for an error after which it is not known what is built. */
export function isDeciding({path}: Pick<FindingDetails, 'path'>): boolean {
  return path === null || deciding.has(settingAt(path));
}

/** `args` of `templates.gpu.args.X`, `images.app.targets.cpu.args.X`, `defaults.args.X`, … */
function settingAt(path: MatrixPath): string | number | undefined {
  if (path[0] === 'defaults') return path[1];
  if (path[0] === 'templates') return path[2];
  return path[2] === 'defaults' ? path[3] : path[4];
}

/** The same findings, and whether an error came by that `counts`. */
export function watchErrors(
  findings: Findings,
  counts: (details: Pick<FindingDetails, 'path'>) => boolean = () => true,
): {readonly findings: Findings; readonly seen: () => boolean} {
  let seen = false;
  return {
    seen: () => seen,
    findings: {
      ...findings,
      error: (code, details) => {
        seen ||= counts(details);
        findings.error(code, details);
      },
      problem: (code, path, problem) => {
        seen ||= counts({path});
        findings.problem(code, path, problem);
      },
    },
  };
}

/** What may be no error once it is known which targets there are, and for which platforms. */
const following: ReadonlySet<string> = new Set([
  ...['unknown-target', 'missing-platform', 'duplicate-platform', 'index-registries'],
]);

/** The same findings without errors that may follow from others. */
export function withoutConsequences(findings: Findings): Findings {
  return {
    ...findings,
    error: (code, details) => {
      if (!following.has(code)) findings.error(code, details);
    },
  };
}
