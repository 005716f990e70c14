import type {BudgetReport, SizeReport} from '../sizes/size-report.ts';
import {bytesText} from './sizes-rows.ts';

/** A limit of matrix.yml as it is shown. */
export interface BudgetRow {
  /** `face-service/cpu linux/amd64`, or with `, stage deps`. */
  readonly name: string;
  readonly measure: BudgetReport['measure'];
  readonly actual: string;
  /** As written, with its bytes where that tells more: `5% (12.3 MB)`. */
  readonly limit: string;
  /** Share of the limit that is used: `87%`; `?` when it is not known. */
  readonly used: string;
  readonly state: 'kept' | 'exceeded' | 'unknown';
  /** Why it is not known; empty otherwise. */
  readonly reason: string;
}

/** The budgets of a report, in its order. */
export function budgetRows({budgets = []}: SizeReport): readonly BudgetRow[] {
  return budgets.map((budget) => {
    const {target, platform, stage, measure, written, limit, actual, unknownBecause} = budget;
    const isShare = written.includes('%') && limit !== null;
    return {
      name: `${target} ${platform}${stage === null ? '' : `, stage ${stage}`}`,
      measure,
      actual: bytesText(actual),
      limit: isShare ? `${written} (${bytesText(limit)})` : written,
      used: usedText(limit, actual),
      state: stateOf(limit, actual),
      reason: unknownBecause ?? '',
    };
  });
}

function stateOf(limit: number | null, actual: number | null): BudgetRow['state'] {
  if (limit === null || actual === null) return 'unknown';
  return actual > limit ? 'exceeded' : 'kept';
}

function usedText(limit: number | null, actual: number | null): string {
  if (limit === null || actual === null) return '?';
  if (actual <= 0) return '0%';
  if (limit === 0) return 'over';
  const percent = (100 * actual) / limit;
  // What is over never looks like what is just kept.
  return `${percent > 100 ? Math.ceil(percent) : Math.floor(percent)}%`;
}
