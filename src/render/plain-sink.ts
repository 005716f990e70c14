import type {
  BuildEvent,
  RunStarted,
  StepFinished,
  StepLog,
  StepStarted,
  TargetFinished,
} from '../events/event.ts';
import {retryText} from '../events/retry-text.ts';
import {unreachable} from '../model/result.ts';
import type {EventSink} from '../ports/event-sink.ts';
import {formatDuration} from './duration-text.ts';
import {stoppingText} from './stopping-text.ts';
import {shellQuote} from '../model/shell-quote.ts';
import {isMissingCache} from './missing-cache.ts';
import {shortCause} from './short-cause.ts';
import {shortTargetNames} from './target-names.ts';
import {publicationLine} from './publication-text.ts';
import {printableProse} from './printable.ts';
import {stepLabel} from './step-label.ts';
import type {TextStyle} from './text-style.ts';
import {cleanLine, truncate} from './text-width.ts';

/** Log lines of a running step that are kept, in case it fails. */
const keptLogLines = 100;

/** Step names are cut here; the log file has them whole. */
const longestName = 120;
/** Preparations that take as long as this are worth a line. */
const slowMs = 2000;

/** A step that has not ended after this time is announced before it ends. */
const announceAfterMs = 300;

interface PlainStep {
  readonly label: string;
  readonly log: string[];
  /** Lines that are not kept any more. */
  skipped: number;
}

/**
 * One line for each thing that matters, for logs that are read later: every step with its target,
 * platform, stage and position before it. What steps print is kept back and shown for those that
 * fail only; `verbose` shows it as it comes, and the commands.
 */
export function plainSink(options: {
  readonly write: (text: string) => void;
  readonly style: TextStyle;
  readonly verbose: boolean;
  /** Aborts when the user has asked for an end. */
  readonly stopping: AbortSignal;
}): EventSink {
  const {style, verbose} = options;
  const {colours, glyphs} = style;
  const steps = new Map<string, PlainStep>();
  let names: ReadonlyMap<string, string> = new Map();

  const print = (line: string): void => {
    options.write(`${line}\n`);
  };
  const onStopping = (): void => {
    print(colours.yellow(stoppingText));
  };
  options.stopping.addEventListener('abort', onStopping, {once: true});
  const targetName = (id: string): string => names.get(id) ?? id;

  const runStarted = (event: RunStarted): void => {
    names = shortTargetNames(event.targets.map((target) => target.id));
  };

  const stepStarted = (event: StepStarted): void => {
    const key = keyOf(event);
    if (steps.has(key)) return;
    steps.set(key, {label: labelOf(event), log: [], skipped: 0});
    if (verbose || !isPreparation(event)) announceSoon(event);
  };

  // A step that ends at once, as all cached ones do, gets one line; others get one when they start.
  let announced: StepStarted | undefined;
  let timer: NodeJS.Timeout | undefined;
  const announceSoon = (event: StepStarted): void => {
    announced = event;
    timer = setTimeout(announce, announceAfterMs);
  };
  const announce = (): void => {
    clearTimeout(timer);
    if (announced === undefined) return;
    print(`${colours.cyan(labelOf(announced))} ${nameOf(announced)}`);
    announced = undefined;
  };
  /** True when the step was not announced yet, and now need not be. */
  const isUnannounced = (event: StepFinished): boolean => {
    const same = announced !== undefined && keyOf(announced) === keyOf(event);
    if (same) {
      clearTimeout(timer);
      announced = undefined;
    }
    return same;
  };

  const nameOf = (event: StepStarted | StepFinished): string => {
    const name = stepLabel(event.name);
    return verbose ? name : truncate(name, longestName, glyphs.ellipsis);
  };

  const labelOf = (event: StepStarted | StepFinished): string => {
    const position =
      event.type === 'step-started' && event.position !== undefined && event.count !== undefined
        ? `${String(event.position)}/${String(event.count)}`
        : undefined;
    const parts = [targetName(event.target), event.platform, event.stage, position];
    return `[${parts.filter((part) => part !== undefined).join(' ')}]`;
  };

  const stepLog = (event: StepLog): void => {
    const step = steps.get(keyOf(event));
    if (step === undefined) return;
    const text = cleanLine(event.text);
    if (verbose) {
      print(`${colours.cyan(step.label)} ${colours.dim('|')} ${text}`);
      return;
    }
    step.log.push(text);
    if (step.log.length > keptLogLines) {
      step.log.shift();
      step.skipped += 1;
    }
  };

  const stepFinished = (event: StepFinished): void => {
    const step = steps.get(keyOf(event));
    steps.delete(keyOf(event));
    const isNew = isUnannounced(event) || step === undefined;
    announce();
    if (isPreparation(event) && !verbose && event.error === undefined) {
      if (event.durationMs < slowMs) return;
    }
    const label = colours.cyan(step?.label ?? labelOf(event));
    // Without a position the label alone does not tell which step it was.
    const name = isNew || event.stage === undefined ? ` ${nameOf(event)}` : '';
    const time = formatDuration(event.durationMs);
    if (event.error === 'cancelled') {
      print(`${label} ${colours.yellow('CANCELLED')}${name}`);
    } else if (isMissingCache(event)) {
      print(`${label} ${colours.yellow('NO CACHE')}${name}: ${shortCause(event.error ?? '')}`);
    } else if (event.error !== undefined) {
      for (const line of replayed(step)) print(`${label} ${colours.dim('|')} ${line}`);
      print(`${label} ${colours.red('FAILED')}${name} ${time}: ${shortCause(event.error)}`);
    } else if (event.cached) {
      print(`${label} ${colours.green('CACHED')}${name}`);
    } else {
      print(`${label} ${colours.green('DONE')}${name} ${time}`);
    }
  };

  const targetFinished = (event: TargetFinished): void => {
    const label = `[${targetName(event.target)}]`;
    const time = formatDuration(event.durationMs);
    switch (event.outcome) {
      case 'succeeded': {
        const {total, cached} = event.steps;
        const steps = `${String(cached)} of ${String(total)} steps cached`;
        const digest = event.digest === undefined ? '' : ` ${event.digest}`;
        print(
          `${colours.green(`${glyphs.succeeded} ${label}`)} built in ${time}, ${steps}${digest}`,
        );
        return;
      }
      case 'unchanged':
        print(
          `${colours.green(`${glyphs.succeeded} ${label}`)} unchanged ${event.digest ?? ''}`.trim(),
        );
        return;
      case 'failed':
        print(`${colours.red(`${glyphs.failed} ${label}`)} failed after ${time}`);
        return;
      case 'aborted':
        print(`${colours.yellow(`${glyphs.stopped} ${label}`)} stopped after ${time}`);
        return;
      case 'unstarted':
        print(`${colours.yellow(`${glyphs.stopped} ${label}`)} not started${becauseOf(event)}`);
        return;
      default:
        unreachable(event.outcome);
    }
  };

  const becauseOf = (event: TargetFinished): string => {
    const failure = event.failure;
    return failure !== undefined && 'target' in failure
      ? `: ${targetName(failure.target)} failed`
      : '';
  };

  const handle = (event: BuildEvent): void => {
    if (event.type !== 'step-finished' && event.type !== 'step-progress') announce();
    switch (event.type) {
      case 'run-started':
        runStarted(event);
        return;
      case 'target-started':
        if (event.why !== undefined) {
          const why = event.why.map(printableProse).join('; ');
          print(colours.dim(`[${targetName(event.target)}] is built: ${why}`));
        }
        if (verbose)
          print(
            colours.dim(`[${targetName(event.target)}] ${event.command.map(shellQuote).join(' ')}`),
          );
        return;
      case 'step-started':
        stepStarted(event);
        return;
      case 'step-log':
        stepLog(event);
        return;
      case 'step-finished':
        stepFinished(event);
        return;
      case 'target-retried':
        print(colours.yellow(`[${targetName(event.target)}] ${retryText(event)}`));
        return;
      case 'target-finished':
        targetFinished(event);
        return;
      case 'publication-finished':
        print(publicationLine(event, style));
        return;
      case 'notice':
      case 'step-progress':
      case 'target-warning':
      case 'publication-started':
      case 'run-finished':
        return;
      default:
        unreachable(event);
    }
  };

  return {
    handle,
    close() {
      announce();
      options.stopping.removeEventListener('abort', onStopping);
      return Promise.resolve();
    },
  };
}

function keyOf(event: StepStarted | StepLog | StepFinished): string {
  return `${event.target} ${event.step}`;
}

/** What BuildKit does before each build: reading the Dockerfile, the context, metadata of images. */
function isPreparation(event: StepStarted | StepFinished): boolean {
  return event.stage === undefined && /^(\[|load |resolv)/.test(event.name);
}

/** The last lines of a failed step, the number of those that are missing first. */
function replayed(step: PlainStep | undefined): readonly string[] {
  if (step === undefined) return [];
  if (step.skipped === 0) return step.log;
  return [`(${String(step.skipped)} earlier lines are in the log file)`, ...step.log];
}
