import {formatBytes} from '../model/byte-size.ts';
import type {StepProgressState} from './progress-state.ts';
import {stepLabel} from './step-label.ts';

/** `RUN pip install …`, and while bytes move how many of how many. */
export function stepText(step: StepProgressState): string {
  const name = stepLabel(step.name);
  if (step.state !== 'running' || step.items.size === 0) return name;
  let current = 0;
  let total: number | undefined = 0;
  for (const item of step.items.values()) {
    current += item.current;
    total = total === undefined || item.total === undefined ? undefined : total + item.total;
  }
  if (current === 0) return name;
  const known = total !== undefined && total >= current;
  return `${name}  ${formatBytes(current)}${known ? ` of ${formatBytes(total ?? 0)}` : ''}`;
}
