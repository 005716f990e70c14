import type {ReleaseEvent} from '../events/release-event.ts';
import {unreachable} from '../model/result.ts';
import type {ReleasePlan} from '../release/release-plan.ts';
import type {TagReturn} from '../release/rollback.ts';
import type {Inspection} from '../release/run-steps.ts';
import {printable} from './printable.ts';
import type {TextStyle} from './text-style.ts';
import {cleanLine} from './text-width.ts';

/** What a release will do, step by step, and what is there already. */
export function formatReleasePlan(
  plan: ReleasePlan,
  inspections: readonly Inspection[],
  {colours, glyphs}: TextStyle,
): string {
  const since = plan.previous === null ? '' : `, after ${plan.previous}`;
  const lines = inspections.map(({step, found}) => {
    const isRight = found.ok && found.value.state === 'right';
    const will = found.ok && found.value.state === 'missing' ? found.value.will : '';
    const sign = isRight ? colours.green(glyphs.succeeded) : colours.dim(glyphs.waiting);
    const text = printable(step.id);
    return isRight
      ? `${sign} ${text} ${colours.dim('(is so already)')}`
      : `${sign} ${text}${will === '' ? '' : colours.dim(`: ${printable(will)}`)}`;
  });
  return [
    `${colours.bold(`Release ${plan.version}`)} of commit ${plan.commit.slice(0, 12)}${since}`,
    ...lines,
    ...plan.held.map(({reference, heldBy}) =>
      colours.dim(`${glyphs.stopped} ${printable(reference)} stays with ${heldBy}`),
    ),
    'nothing was changed',
  ].join('\n');
}

/** A line for what happens; undefined for what needs none. */
export function releaseLine(event: ReleaseEvent, {colours, glyphs}: TextStyle): string | undefined {
  switch (event.type) {
    case 'release-started':
      return `${colours.bold(`Releasing ${event.version}`)} of commit ${event.commit.slice(0, 12)}, ${event.steps.length} steps`;
    case 'release-step-started':
      return undefined;
    case 'release-step-retried':
      return `${colours.yellow(glyphs.warning)} ${printable(event.step)}: again in ${Math.ceil(event.delayMs / 1000)} s (${cleanLine(event.because)})`;
    case 'release-step-finished': {
      const name = printable(event.step);
      if (event.outcome === 'failed') return `${colours.red(glyphs.failed)} ${name}`;
      const sign = colours.green(glyphs.succeeded);
      if (event.outcome === 'unchanged') return `${sign} ${name} ${colours.dim('(is so already)')}`;
      return `${sign} ${name}${colours.dim(`: ${cleanLine(event.detail)}`)}`;
    }
    case 'release-finished':
      return undefined;
    default:
      return unreachable(event);
  }
}

/** What was released, for standard output. */
export function formatReleased(plan: ReleasePlan, page: string | null): string {
  const exact = plan.steps.flatMap((step) => (step.kind === 'exact-tags' ? step.references : []));
  const moved = plan.steps.flatMap((step) => (step.kind === 'moving-tags' ? step.references : []));
  return [
    `Released ${plan.version}`,
    ...[...exact, ...moved].map((reference) => `  ${printable(reference)}`),
    ...(page === null ? [] : [`  ${printable(page)}`]),
  ].join('\n');
}

/** What a rollback does, or has done. */
export function formatRollback(
  returns: readonly TagReturn[],
  {colours, glyphs}: TextStyle,
): string {
  return returns
    .map(({reference, before, action}) => {
      const name = printable(reference);
      switch (action) {
        case 'put-back':
          return `${colours.green(glyphs.succeeded)} ${name} goes back to ${before ?? ''}`;
        case 'is-back':
          return `${colours.green(glyphs.succeeded)} ${name} ${colours.dim('is where it was')}`;
        case 'stays':
          return `${colours.yellow(glyphs.stopped)} ${name} was new, and stays`;
        default:
          return unreachable(action);
      }
    })
    .join('\n');
}
