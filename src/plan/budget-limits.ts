import type {BudgetSpec} from '../config/matrix-file-parts.ts';
import type {SourceRange} from '../events/diagnostic.ts';
import {parseByteSize, parseGrowthLimit, type GrowthLimit} from '../model/byte-size.ts';
import type {Problem} from '../model/problem.ts';
import {ok, type Result} from '../model/result.ts';
import type {Findings, Locate, MatrixPath, Sourced} from './findings.ts';

/** One limit of `budget`, for each platform of the target. */
export interface BudgetLimit {
  /** Name of a stage, whose own additions are limited; null for the whole image. */
  readonly stage: string | null;
  /** `growth` is that of the compressed size. */
  readonly limit:
    | {readonly of: 'compressed' | 'unpacked'; readonly bytes: number}
    | {readonly of: 'growth'; readonly most: GrowthLimit};
  /** As in matrix.yml: `3.5GB`, `5%`. */
  readonly written: string;
  /** Where in matrix.yml; absent for a value of `--set`. */
  readonly range?: SourceRange;
}

type Expand = (sourced: Sourced<string>) => Sourced<string>;
type Limits = Omit<BudgetSpec, 'stages'>;

/** The same budget without placeholders. */
export function expandBudget(budget: Sourced<BudgetSpec>, expand: Expand): Sourced<BudgetSpec> {
  const {path, value} = budget;
  const {stages, ...own} = value;
  const limits = (limits: Limits, at: MatrixPath | null): Limits =>
    Object.fromEntries(
      Object.entries(limits).map(([key, limit]) => [
        key,
        typeof limit === 'string' ? expand({value: limit, path: below(at, key)}).value : limit,
      ]),
    );
  return {
    path,
    value: {
      ...limits(own, path),
      ...(stages === undefined
        ? {}
        : {
            stages: Object.fromEntries(
              Object.entries(stages).map(([name, one]) => [
                name,
                limits(one, below(path, 'stages', name)),
              ]),
            ),
          }),
    },
  };
}

/** The limits one by one, those of the image first. */
export function budgetLimits(
  budget: Sourced<BudgetSpec> | null,
  locate: Locate,
  findings: Findings,
): readonly BudgetLimit[] {
  if (budget === null) return [];
  const {path, value} = budget;
  const read = (stage: string | null, limits: Limits, at: MatrixPath | null) =>
    (['compressed', 'unpacked', 'growth'] as const).flatMap((of): readonly BudgetLimit[] => {
      const written = limits[of];
      // Empty is what did not expand, which was reported where that was done.
      if (written === undefined || written === '') return [];
      const limit = parseLimit(of, written);
      const place = below(at, of);
      if (!limit.ok) {
        findings.problem('invalid-budget', place, limit.error);
        return [];
      }
      const range = place === null ? undefined : locate(place);
      return [
        {
          ...{stage, limit: limit.value, written: String(written)},
          ...(range === undefined ? {} : {range}),
        },
      ];
    });
  return [
    ...read(null, value, path),
    ...Object.entries(value.stages ?? {}).flatMap(([name, limits]) =>
      read(name, limits, below(path, 'stages', name)),
    ),
  ];
}

function parseLimit(
  of: BudgetLimit['limit']['of'],
  written: string | number,
): Result<BudgetLimit['limit'], Problem> {
  if (of === 'growth') {
    const most = parseGrowthLimit(String(written));
    return most.ok ? ok({of, most: most.value}) : most;
  }
  const bytes = parseByteSize(written);
  return bytes.ok ? ok({of, bytes: bytes.value}) : bytes;
}

function below(path: MatrixPath | null, ...keys: readonly string[]): MatrixPath | null {
  return path === null ? null : [...path, ...keys];
}
