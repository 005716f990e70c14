import type {
  BuildEvent,
  RunStarted,
  StepFinished,
  StepLog,
  StepStarted,
  TargetFinished,
} from '../events/event.ts';
import {unreachable} from '../model/result.ts';
import type {EventSink} from '../ports/event-sink.ts';
import {formatDuration} from './duration-text.ts';
import {stoppingText} from './progress-rows.ts';
import {shellQuote} from './shell-quote.ts';
import {shortTargetNames} from './target-names.ts';
import {stepLabel} from './step-label.ts';
import type {TextStyle} from './text-style.ts';
import {cleanLine} from './text-width.ts';

/** Log lines of a running step that are kept, in case it fails. */
const keptLogLines = 100;

interface PlainStep {
  readonly label: string;
  readonly name: string;
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
  const nameOf = (id: string): string => names.get(id) ?? id;

  const runStarted = (event: RunStarted): void => {
    names = shortTargetNames(event.targets.map((target) => target.id));
  };

  const stepStarted = (event: StepStarted): void => {
    const key = `${event.target} ${event.step}`;
    if (steps.has(key)) return;
    const step = {label: labelOf(event), name: stepLabel(event.name), log: [], skipped: 0};
    steps.set(key, step);
    print(`${colours.cyan(step.label)} ${step.name}`);
  };

  const labelOf = (event: StepStarted | StepFinished): string => {
    const position =
      event.type === 'step-started' && event.position !== undefined && event.count !== undefined
        ? `${String(event.position)}/${String(event.count)}`
        : undefined;
    const parts = [nameOf(event.target), event.platform, event.stage, position];
    return `[${parts.filter((part) => part !== undefined).join(' ')}]`;
  };

  const stepLog = (event: StepLog): void => {
    const step = steps.get(`${event.target} ${event.step}`);
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
    const key = `${event.target} ${event.step}`;
    const step = steps.get(key);
    steps.delete(key);
    const label = colours.cyan(step?.label ?? labelOf(event));
    if (event.error === 'cancelled') {
      print(`${label} ${colours.yellow('CANCELLED')}`);
    } else if (event.error !== undefined) {
      for (const line of replayed(step)) print(`${label} ${colours.dim('|')} ${line}`);
      print(`${label} ${colours.red('FAILED')} ${formatDuration(event.durationMs)}: ${cleanLine(event.error)}`);
    } else if (event.cached) {
      // A cached step never started, unless BuildKit found out only later.
      const name = step === undefined ? ` ${stepLabel(event.name)}` : '';
      print(`${label} ${colours.green('CACHED')}${name}`);
    } else {
      // Without a position the label alone does not tell which step it was.
      const name = event.stage === undefined ? ` ${stepLabel(event.name)}` : '';
      print(`${label} ${colours.green('DONE')}${name} ${formatDuration(event.durationMs)}`);
    }
  };

  const targetFinished = (event: TargetFinished): void => {
    const label = `[${nameOf(event.target)}]`;
    const time = formatDuration(event.durationMs);
    switch (event.outcome) {
      case 'succeeded': {
        const {total, cached} = event.steps;
        const steps = `${String(cached)} of ${String(total)} steps cached`;
        const digest = event.digest === undefined ? '' : ` ${event.digest}`;
        print(`${colours.green(`${glyphs.succeeded} ${label}`)} built in ${time}, ${steps}${digest}`);
        return;
      }
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
    return failure !== undefined && 'target' in failure ? `: ${nameOf(failure.target)} failed` : '';
  };

  const handle = (event: BuildEvent): void => {
    switch (event.type) {
      case 'run-started':
        runStarted(event);
        return;
      case 'target-started':
        if (verbose) print(colours.dim(`[${nameOf(event.target)}] ${event.command.map(shellQuote).join(' ')}`));
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
      case 'target-finished':
        targetFinished(event);
        return;
      case 'notice':
      case 'step-progress':
      case 'target-warning':
      case 'run-finished':
        return;
      default:
        unreachable(event);
    }
  };

  return {
    handle,
    close() {
      options.stopping.removeEventListener('abort', onStopping);
      return Promise.resolve();
    },
  };
}

/** The last lines of a failed step, the number of those that are missing first. */
function replayed(step: PlainStep | undefined): readonly string[] {
  if (step === undefined) return [];
  if (step.skipped === 0) return step.log;
  return [`(${String(step.skipped)} earlier lines are in the log file)`, ...step.log];
}
