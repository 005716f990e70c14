import type {Diagnostic} from '../events/diagnostic.ts';
import type {BudgetExceeded, Failure, FileUnusable} from '../events/failure.ts';
import type {Result} from '../model/result.ts';
import type {BuildPlan} from '../plan/build-plan.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {RecordStore} from '../records/record-store.ts';
import type {EarlierSizes} from '../sizes/earlier-sizes.ts';

/** What came of the budgets of a run. */
export interface BudgetResult {
  /** The record of the run, which tells what is exceeded. */
  readonly record: BuildRecord;
  /** Budgets that are exceeded; none with `--warn-only`. */
  readonly failures: readonly (BudgetExceeded | FileUnusable)[];
  /** Budgets that could not be checked, and with `--warn-only` those that are exceeded. */
  readonly notices: readonly Diagnostic[];
}

/**
 * Holds what a run made against the budgets in matrix.yml, and writes what is exceeded into the record.
 * Modules and earlier records are read only when there is a budget.
 */
export async function holdRunBudgets(request: {
  readonly plan: BuildPlan;
  readonly record: BuildRecord;
  readonly records: RecordStore;
  readonly warnOnly: boolean;
  /** Reads what growth is held against; null for the last release of which a run is kept. */
  readonly earlier: (() => Promise<Result<EarlierSizes, Failure>>) | null;
}): Promise<BudgetResult> {
  const {plan, record, records, warnOnly} = request;
  const targets = plan.targets.filter(({budget}) => budget.length > 0);
  if (targets.length === 0) return {record, failures: [], notices: []};
  const [{holdBudgets}, {baselineOf}, {readRecords}, {budgetDiagnostic}] = await Promise.all([
    import('../sizes/budgets.ts'),
    import('../sizes/budget-baseline.ts'),
    import('../sizes/read-records.ts'),
    import('../sizes/budget-diagnostic.ts'),
  ]);
  const growth = targets.some(({budget}) => budget.some(({limit}) => limit.of === 'growth'));
  const named = growth ? await request.earlier?.() : undefined;
  const read = named === undefined ? await readRecords(records) : undefined;
  const kept = read?.ok === true ? read.value.records : [];
  const {exceeded, unchecked} = holdBudgets(targets, record, (target) => {
    if (named === undefined) return baselineOf(target, record, kept);
    return named.ok ? named.value : wordsOf(named.error);
  });
  if (exceeded.length === 0) return {record, failures: [], notices: unchecked};

  const told: BuildRecord = {...record, exceeded};
  const saved = await records.save(told);
  const failures = saved.ok ? [] : [saved.error];
  if (!warnOnly) return {record: told, failures: [...exceeded, ...failures], notices: unchecked};
  const warnings = exceeded.map((one) => budgetDiagnostic(one, 'warning'));
  return {record: told, failures, notices: [...unchecked, ...warnings]};
}

function wordsOf(failure: Failure): string {
  if ('path' in failure) return `${failure.path}: ${failure.message}`;
  return 'message' in failure ? failure.message : failure.reason;
}
