import type {Diagnostic} from '../events/diagnostic.ts';
import {formatDiagnostics} from '../render/diagnostic-text.ts';
import type {Output} from './terminal.ts';

/** Prints what stops nothing, with an empty line after it; nothing when there is none. */
export function printWarnings(err: Output, warnings: readonly Diagnostic[]): void {
  if (warnings.length === 0) return;
  const {colours, columns} = err.style;
  err.print(`${formatDiagnostics(warnings, colours, columns)}\n`);
}
