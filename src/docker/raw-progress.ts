import type {BuildEvent} from '../events/event.ts';
import {countSteps, type SeenVertex, type StepCounts} from './count-steps.ts';
import {cleanLine} from './log-lines.ts';
import {parseSolveStatus, type Vertex, type VertexLog, type VertexStatus} from './solve-status.ts';
import {createStepOutput, keepLast, type OutputLine, type StepOutput} from './step-output.ts';
import {createStep, type Step} from './step.ts';
import {createWarningReader} from './build-warning.ts';

/** What the reader has to know of the build whose stream it reads. */
export interface ProgressContext {
  /** Id of the target, for the events. */
  readonly target: string;
  /** BuildKit names a step's platform only when several are built; with one, this is it. */
  readonly platforms: readonly string[];
  /** Stages of the Dockerfile, when they are known: BuildKit does not name an only stage. */
  readonly stages?: readonly {readonly name: string | null}[];
  /** Path of the Dockerfile as the user knows it, for the place of a warning. */
  readonly dockerfile: string;
  /** Digests of vertexes that an earlier try of the same run has built: the cache had nothing of them before. */
  readonly builtBefore?: ReadonlySet<string>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** A step that failed by itself: steps that were only cancelled by it are not among these. */
export interface FailedStep {
  /** Digest of the vertex. */
  readonly step: string;
  /** Without platform, stage and count: `RUN pip install …`. */
  readonly name: string;
  readonly platform?: string;
  readonly stage?: string;
  /** Whole error text, possibly several lines. */
  readonly error: string;
  /** The last lines that the step printed, at most 50. */
  readonly logTail: readonly string[];
}

/** What a whole stream said. */
export interface ProgressSummary {
  /** Of this build, without what the stream tells of others. */
  readonly steps: StepCounts;
  /** In the order in which they failed. */
  readonly failed: readonly FailedStep[];
  /** Digests of all vertexes that were executed to their end and not answered by the cache, in earlier tries too. */
  readonly builtVertexes: ReadonlySet<string>;
  /** Digests of the vertexes without inputs: base images, contexts and other sources. */
  readonly sources: ReadonlySet<string>;
  /** When a vertex last started or ended, by the builder's clock, in ms; 0 when none did. */
  readonly lastChangeAt: number;
  /** The last lines, at most 200, that were no progress: buildx's own error and source excerpt. */
  readonly plainTail: readonly string[];
}

export interface ProgressReader {
  /** Events of one line of `--progress=rawjson`. Never throws, whatever the line is. */
  line(text: string): readonly BuildEvent[];
  /** What was still held back (unfinished log lines), and the summary. Call once, after the last line. */
  finish(): ProgressSummary & {readonly events: readonly BuildEvent[]};
}

/** `step` of log lines that belong to no BuildKit vertex: what docker and buildx print themselves. */
export const dockerStep = 'docker';

const plainTailLength = 200;
const logTailLength = 50;
/** At most ten progress events a second for each thing that moves. */
const progressIntervalMs = 100;

/** A reader for the stream of one build. It keeps the state of every step that it has seen. */
export function createProgressReader(context: ProgressContext): ProgressReader {
  const {target, now, builtBefore = new Set()} = context;
  /** By vertex digest; the members of a progress group share one step. */
  const stepOf = new Map<string, Step>();
  const groups = new Map<string, Step>();
  const failedSteps = new Set<Step>();
  const plainTail: string[] = [];
  const sources = new Set<string>();
  const seen = new Map<string, SeenVertex>();
  let lastChangeAt = 0;
  const warnings = createWarningReader(context);
  let events: BuildEvent[] = [];

  function stepFor(vertex: Vertex): Step {
    const known = stepOf.get(vertex.digest);
    if (known !== undefined) return known;
    const group = vertex.progressGroup;
    const step =
      (group && groups.get(group.id)) ??
      createStep(group?.id ?? vertex.digest, group?.name ?? vertex.name, context);
    if (group) groups.set(group.id, step);
    stepOf.set(vertex.digest, step);
    return step;
  }

  function takeVertex(vertex: Vertex): void {
    if (!vertex.inputs?.length) sources.add(vertex.digest);
    lastChangeAt = Math.max(lastChangeAt, changeOf(vertex));
    const step = stepFor(vertex);
    const known = seen.get(vertex.digest);
    seen.set(vertex.digest, {
      step,
      inputs: new Set([...(known?.inputs ?? []), ...(vertex.inputs ?? [])]),
      announced: known?.announced ?? typeof vertex.started !== 'string',
    });
    const change = step.update(vertex);
    const identity = {at: now(), target, ...step.identity};
    if (change.started) {
      const {name, position, count} = step.label;
      events.push({
        type: 'step-started',
        ...identity,
        name,
        ...(position === undefined ? {} : {position}),
        ...(count === undefined ? {} : {count}),
      });
    }
    if (!change.finished) return;
    flushLogs(step);
    flushProgress(step);
    const {error} = step;
    if (error !== '' && !isCancelled(error)) failedSteps.add(step);
    events.push({
      type: 'step-finished',
      ...identity,
      name: step.label.name,
      cached: step.cached,
      durationMs: step.durationMs(),
      ...(error === '' ? {} : {error: isCancelled(error) ? 'cancelled' : firstLine(error)}),
    });
  }

  interface Movement {
    emittedAt: number;
    /** The newest state, when it was held back. */
    held: VertexStatus | undefined;
  }
  const movements = new Map<Step, Map<string, Movement>>();

  function takeStatus(status: VertexStatus): void {
    const step = stepOf.get(status.vertex);
    if (step === undefined) return;
    const items = movements.get(step) ?? new Map<string, Movement>();
    movements.set(step, items);
    const item = items.get(status.id);
    const at = now();
    const last = typeof status.completed === 'string';
    if (item !== undefined && !last && at - item.emittedAt < progressIntervalMs) {
      item.held = status;
      return;
    }
    items.set(status.id, {emittedAt: at, held: undefined});
    emitProgress(step, status);
  }

  function emitProgress(step: Step, status: VertexStatus): void {
    events.push({
      type: 'step-progress',
      at: now(),
      target,
      ...step.identity,
      item: cleanLine(status.id).replace(/:$/u, ''),
      current: status.current,
      ...(status.total > 0 ? {total: status.total} : {}),
    });
  }

  function flushProgress(step: Step): void {
    for (const item of movements.get(step)?.values() ?? []) {
      if (item.held !== undefined) emitProgress(step, item.held);
      item.held = undefined;
    }
  }

  const outputs = new Map<Step, StepOutput>();

  function takeLog(log: VertexLog): void {
    const step = stepOf.get(log.vertex);
    if (step === undefined) return;
    const output = outputs.get(step) ?? createStepOutput(logTailLength);
    outputs.set(step, output);
    const bytes = Buffer.from(log.data ?? '', 'base64');
    emitLog(step, output.push(log.stream === 2 ? 'stderr' : 'stdout', bytes));
  }

  function emitLog(step: Step, lines: readonly OutputLine[]): void {
    for (const line of lines) {
      events.push({type: 'step-log', at: now(), target, ...step.identity, ...line});
    }
  }

  function flushLogs(step: Step): void {
    emitLog(step, outputs.get(step)?.end() ?? []);
  }

  function takePlain(line: string): void {
    const text = cleanLine(line);
    keepLast(plainTail, text, plainTailLength);
    events.push({type: 'step-log', at: now(), target, step: dockerStep, stream: 'stderr', text});
  }

  function taken(): readonly BuildEvent[] {
    const result = events;
    events = [];
    return result;
  }

  return {
    line(text) {
      const status = parseSolveStatus(text);
      if (status === undefined) takePlain(text);
      status?.vertexes?.forEach(takeVertex);
      status?.statuses?.forEach(takeStatus);
      status?.logs?.forEach(takeLog);
      for (const warning of status?.warnings ?? []) events.push(...warnings.read(warning));
      return taken();
    },
    finish() {
      const steps = new Set(stepOf.values());
      for (const step of steps) {
        flushLogs(step);
        flushProgress(step);
      }
      return {
        events: taken(),
        steps: countSteps(seen, builtBefore),
        failed: [...failedSteps].map((step) => ({
          ...step.identity,
          name: step.label.name,
          error: step.error,
          logTail: [...(outputs.get(step)?.tail ?? [])],
        })),
        builtVertexes: new Set([
          ...builtBefore,
          ...[...steps].flatMap((step) => step.builtVertexes()),
        ]),
        sources,
        lastChangeAt,
        plainTail: [...plainTail],
      };
    },
  };
}

/** When the vertex started or ended last, in ms; 0 when it did neither. */
function changeOf({started, completed}: Vertex): number {
  const time = completed ?? started;
  return typeof time === 'string' ? Date.parse(time) || 0 : 0;
}

/** A step that ends because another one failed or the build was interrupted (progressui printer.go). */
function isCancelled(error: string): boolean {
  return error.endsWith('context canceled');
}

function firstLine(text: string): string {
  return cleanLine(text.split('\n', 1)[0] ?? '');
}
