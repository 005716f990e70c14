import type {Diagnostic} from '../events/diagnostic.ts';
import {formatDiagnostics} from '../render/diagnostic-text.ts';
import type {CommandContext} from './context.ts';

/** Prints what stops nothing, with an empty line after it; nothing when there is none. */
export function printWarnings(
  {err, github}: CommandContext,
  warnings: readonly Diagnostic[],
): void {
  if (warnings.length === 0) return;
  const {colours, columns} = err.style;
  github.guard();
  err.print(`${formatDiagnostics(warnings, colours, columns)}\n`);
  github.annotate(warnings);
}
