import {parseStepName, type StepName} from './step-name.ts';
import type {Vertex} from './solve-status.ts';

/** The state of one step: a vertex, or the vertexes of one progress group. */
export interface Step {
  /** What its events share. */
  readonly identity: {readonly step: string; readonly platform?: string; readonly stage?: string};
  readonly label: StepName;
  /** True once it has run or was answered by the cache; BuildKit announces steps that never run. */
  readonly seen: boolean;
  readonly cached: boolean;
  /** Whole error text, '' without one. */
  readonly error: string;
  /** Takes the newest state of a vertex and tells what it changes. */
  update(vertex: Vertex): {readonly started: boolean; readonly finished: boolean};
  /** Milliseconds in which at least one member ran, by the builder's clock. */
  durationMs(): number;
  /** Digests of its vertexes that ran to their end without error and without the cache. */
  builtVertexes(): readonly string[];
  isAnyOf(vertexes: ReadonlySet<string>): boolean;
}

/** What BuildKit leaves out of names when there is only one of it. */
export interface BuildScope {
  readonly platforms: readonly string[];
  readonly stages?: readonly {readonly name: string | null}[];
}

/** `id` is the digest of the vertex, or the id of its group; `name` as BuildKit writes it. */
export function createStep(id: string, name: string, {platforms, stages}: BuildScope): Step {
  const label = parseStepName(name);
  const inStage = label.position !== undefined;
  const onlyPlatform = platforms.length === 1 && inStage ? platforms[0] : undefined;
  const platform = label.platform ?? onlyPlatform;
  const onlyStage = stages?.length === 1 && inStage ? stages[0]?.name : undefined;
  const stage = onlyStage ?? (isOneOf(stages, label.stage) ? label.stage : undefined);
  const identity = {
    step: id,
    ...(platform === undefined ? {} : {platform}),
    ...(stage === undefined ? {} : {stage}),
  };
  const members = new Map<string, Vertex>();
  /** Start -> end, as text: a vertex may run several times, and its last state may be sent again. */
  const intervals = new Map<string, string | undefined>();
  let shown = false;
  let running = false;
  let error = '';

  return {
    identity,
    label,
    get seen() {
      return shown;
    },
    get cached() {
      return members.size > 0 && [...members.values()].every((member) => member.cached);
    },
    get error() {
      return error;
    },
    update(vertex) {
      const started = vertex.started ?? undefined;
      // A vertex is announced again without a start: that does not undo what it did.
      if (started === undefined) return {started: false, finished: false};
      const known = members.get(vertex.digest);
      members.set(vertex.digest, {
        ...vertex,
        cached: vertex.cached || known?.cached === true,
        error: vertex.error || (known?.error ?? ''),
      });
      intervals.set(started, vertex.completed ?? intervals.get(started));
      const before = {shown, running, error};
      error ||= vertex.error;
      running = [...intervals.values()].includes(undefined);
      // The weak members of a group may run for the cache's sake alone (progressui vertexGroup.refresh).
      shown ||= error !== '' || vertex.progressGroup?.weak !== true;
      if (!shown) return {started: false, finished: false};
      const begins = !before.shown || (running && !before.running);
      const ends = !running && (begins || before.running || before.error !== error);
      return {started: begins, finished: ends};
    },
    durationMs: () => coveredMs(intervals),
    builtVertexes: () =>
      [...members.values()]
        .filter(
          (member) => typeof member.completed === 'string' && !member.cached && member.error === '',
        )
        .map((member) => member.digest),
    isAnyOf: (vertexes) => [...members.keys()].some((digest) => vertexes.has(digest)),
  };
}

/**
 * BuildKit runs equal steps of two builds once, and names them for both as the first one does: the name
 * of a stage may be one of another Dockerfile.
 */
function isOneOf(stages: BuildScope['stages'], stage: string | undefined): boolean {
  if (stages === undefined || stages.length === 0) return true;
  return stages.some(({name}, index) => (name?.toLowerCase() ?? `stage-${index}`) === stage);
}

/** Milliseconds that the intervals cover together; those that overlap count once. */
function coveredMs(intervals: ReadonlyMap<string, string | undefined>): number {
  const closed = [...intervals]
    .map(([start, end]) => [Date.parse(start), Date.parse(end ?? start)] as const)
    .filter(([start, end]) => end > start)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let until = -Infinity;
  for (const [start, end] of closed) {
    covered += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return covered;
}
