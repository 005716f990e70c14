import type {Diagnostic} from '../events/diagnostic.ts';
import type {BudgetExceeded} from '../events/failure.ts';
import {formatBytes} from '../model/byte-size.ts';

/** A budget that is exceeded, as it is shown: an error, or a warning with `--warn-only`. */
export function budgetDiagnostic(
  exceeded: BudgetExceeded,
  severity: Diagnostic['severity'],
): Diagnostic {
  const {target, range, because} = exceeded;
  return {
    severity,
    code: 'budget-exceeded',
    message: `${sentence(exceeded)}${because === undefined ? '' : `: ${because}`}`,
    ...(range === undefined ? {} : {range}),
    suggestion: `\`build-matrix sizes ${target} --why\` shows what is in it; if it has to be so large, raise the limit`,
  };
}

function sentence(exceeded: BudgetExceeded): string {
  const {target, platform, stage, measure, written, limit, actual, against} = exceeded;
  const what = `${target} (${platform})${stage === undefined ? '' : `, stage ${stage}`}`;
  const over = formatBytes(actual - limit);
  if (measure === 'growth') {
    const allowed = written.includes('%') ? `${written}, ${formatBytes(limit)}` : written;
    return `${what} has grown by ${formatBytes(actual)} since ${against ?? 'the last release'}, ${over} more than its budget allows (${allowed})`;
  }
  const verb = stage === undefined ? 'has' : 'adds';
  return `${what} ${verb} ${formatBytes(actual)} ${measure}, ${over} more than its budget of ${written}`;
}
