import type {Diagnostic} from '../events/diagnostic.ts';
import type {BudgetExceeded, Failure, FileUnusable} from '../events/failure.ts';
import {failureSentence} from '../events/failure-sentence.ts';
import type {Result} from '../model/result.ts';
import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import type {BuildRecord} from '../records/build-record.ts';
import type {RecordStore} from '../records/record-store.ts';
import type {HeldBudgets} from '../sizes/budgets.ts';
import type {EarlierSizes} from '../sizes/earlier-sizes.ts';

/** What is held against what. */
export interface BudgetRequest {
  readonly targets: readonly Pick<PlannedTarget, 'image' | 'name' | 'budget'>[];
  readonly record: BuildRecord;
  readonly records: RecordStore;
  /** Reads what growth is held against; null for the last release that is remembered here. */
  readonly earlier: (() => Promise<Result<EarlierSizes, Failure>>) | null;
}

/** Holds the sizes in a record against budgets. Modules and earlier records are read only where needed. */
export async function heldBudgets(request: BudgetRequest): Promise<HeldBudgets> {
  const {record, records} = request;
  if (request.targets.every(({budget}) => budget.length === 0)) {
    return {budgets: [], exceeded: [], unchecked: []};
  }
  const [{budgetedIn, holdBudgets}, {baselineOf, readEarlierRuns}] = await Promise.all([
    import('../sizes/budgets.ts'),
    import('../sizes/budget-baseline.ts'),
  ]);
  const targets = budgetedIn(request.targets);
  const growth = targets.some(({budget}) => budget.some(({limit}) => limit.of === 'growth'));
  if (!growth) return holdBudgets(targets, record, () => 'growth has no limit');
  const named = await request.earlier?.();
  if (named !== undefined) {
    const before = named.ok ? named.value : failureSentence(named.error);
    return holdBudgets(targets, record, () => before);
  }
  const runs = await readEarlierRuns(records);
  return holdBudgets(targets, record, (image) => baselineOf(image, record, runs));
}

/** What came of the budgets of a run. */
export interface BudgetResult {
  /** The record of the run, which tells what is exceeded. */
  readonly record: BuildRecord;
  /** Budgets that are exceeded; none with `--warn-only`. */
  readonly failures: readonly (BudgetExceeded | FileUnusable)[];
  /** Budgets that could not be checked, and with `--warn-only` those that are exceeded. */
  readonly notices: readonly Diagnostic[];
}

/** The budgets of a run, which its tags wait for and which are reported at its end. */
export interface RunBudgets {
  /** Whether no image in the record is over its budget; undefined where nothing depends on it. */
  readonly mayPublish: ((record: BuildRecord) => Promise<boolean>) | undefined;
  /** What came of them; writes what is exceeded into the record. */
  result(record: BuildRecord): Promise<BudgetResult>;
}

/** Opens the budgets of a plan; they are held once, when first asked. */
export function openRunBudgets(
  request: Omit<BudgetRequest, 'targets' | 'record' | 'earlier'> & {
    readonly plan: BuildPlan;
    readonly warnOnly: boolean;
    readonly earlier: ((record: BuildRecord) => Promise<Result<EarlierSizes, Failure>>) | null;
  },
): RunBudgets {
  const {plan, records, warnOnly, earlier} = request;
  let held: Promise<HeldBudgets> | undefined;
  const hold = (record: BuildRecord): Promise<HeldBudgets> =>
    (held ??= heldBudgets({
      ...{records, record, targets: plan.targets},
      earlier: earlier === null ? null : () => earlier(record),
    }));
  const isLimited = !warnOnly && plan.targets.some(({budget}) => budget.length > 0);
  const mayPublish = async (record: BuildRecord): Promise<boolean> =>
    (await hold(record)).exceeded.length === 0;
  return {
    mayPublish: isLimited ? mayPublish : undefined,
    async result(record) {
      const found = await hold(record);
      if (found.exceeded.length === 0) return {record, failures: [], notices: found.unchecked};
      const told: BuildRecord = {...record, exceeded: found.exceeded};
      const saved = await records.save(told);
      const {failures, notices} = await resultOf(found, warnOnly);
      return {record: told, failures: [...failures, ...(saved.ok ? [] : [saved.error])], notices};
    },
  };
}

/** Budgets as failures and warnings. */
export async function resultOf(
  {exceeded, unchecked}: Omit<HeldBudgets, 'budgets'>,
  warnOnly: boolean,
): Promise<{
  readonly failures: readonly BudgetExceeded[];
  readonly notices: readonly Diagnostic[];
}> {
  if (!warnOnly) return {failures: exceeded, notices: unchecked};
  const {budgetDiagnostic} = await import('../sizes/budget-diagnostic.ts');
  const warnings = exceeded.map((one) => budgetDiagnostic(one, 'warning'));
  return {failures: [], notices: [...unchecked, ...warnings]};
}
