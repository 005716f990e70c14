import type {Diagnostic} from '../../events/diagnostic.ts';
import type {Failure} from '../../events/failure.ts';
import type {BuildPlan} from '../../plan/build-plan.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {everyTarget} from '../options.ts';
import {preparePlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';

/** `build-matrix validate`: reports every problem of matrix.yml and of the Dockerfiles it names. */
export async function validate(context: CommandContext, flags: Flags): Promise<readonly Failure[]> {
  const prepared = await preparePlan(context, everyTarget, flags);
  if (!prepared.ok) {
    const {error} = prepared;
    if (flags.json === true && error.reason === 'invalid-matrix') {
      printReport(context, false, error.diagnostics);
    }
    return [error];
  }
  const {plan, warnings} = prepared.value;
  if (flags.json === true) {
    printReport(context, true, warnings);
    return [];
  }
  printWarnings(context, warnings);
  const {colours, glyphs} = context.out.style;
  context.out.print(
    `${colours.green(glyphs.succeeded)} ${plan.matrixFile} is valid: ${counts(plan)}`,
  );
  return [];
}

function printReport(
  context: CommandContext,
  valid: boolean,
  diagnostics: readonly Diagnostic[],
): void {
  context.out.print(JSON.stringify({valid, diagnostics}, null, 2));
}

/** `1 image, 4 targets, 5 platform builds`: how much there is to build. */
function counts(plan: BuildPlan): string {
  const images = new Set(plan.targets.map((target) => target.image)).size;
  const platforms = plan.targets.reduce((sum, target) => sum + target.platforms.length, 0);
  return [
    amount(images, 'image'),
    amount(plan.targets.length, 'target'),
    amount(platforms, 'platform build'),
  ].join(', ');
}

function amount(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
