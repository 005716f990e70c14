import type {Step} from './step.ts';

/** What is known of a vertex of the stream. */
export interface SeenVertex {
  readonly step: Step;
  readonly inputs: ReadonlySet<string>;
  /** Told of before it had started: only what a build asked for itself is. */
  readonly announced: boolean;
}

/** Steps of a Dockerfile, and how many of them the cache answered. */
export interface StepCounts {
  readonly total: number;
  readonly cached: number;
}

/**
 * The steps of one build, by the vertexes of its stream. Where two builds come to equal steps by other ways
 * (each sends its own context), BuildKit runs the step of one and sends the other its progress as well,
 * besides calling the other’s own step cached at the end (moby/buildkit#4347). So what does not lead to
 * anything that this build asked for is left out, and its own step of that name was not cached if that ran.
 *
 * @param seen by digest
 * @param builtBefore digests that an earlier try of the same run has built: the cache had nothing of them before
 */
export function countSteps(
  seen: ReadonlyMap<string, SeenVertex>,
  builtBefore: ReadonlySet<string>,
): StepCounts {
  const own = ownSteps(seen);
  const ranElsewhere = new Set<string>();
  for (const {step} of seen.values()) {
    if (!own.has(step) && step.seen && !step.cached) ranElsewhere.add(labelOf(step));
  }
  const ofStages = [...own].filter((step) => step.seen && step.label.position !== undefined);
  const cached = ofStages.filter(
    (step) => step.cached && !step.isAnyOf(builtBefore) && !ranElsewhere.has(labelOf(step)),
  );
  return {total: ofStages.length, cached: cached.length};
}

/** What was announced and what leads there; all, where another build has begun everything before. */
function ownSteps(seen: ReadonlyMap<string, SeenVertex>): ReadonlySet<Step> {
  const open = [...seen].filter(isAnnouncedStep).map(([digest]) => digest);
  if (open.length === 0) return new Set([...seen.values()].map(({step}) => step));
  const reached = new Set<string>();
  const own = new Set<Step>();
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    const vertex = seen.get(digest);
    if (vertex === undefined || reached.has(digest)) continue;
    reached.add(digest);
    own.add(vertex.step);
    open.push(...vertex.inputs);
  }
  return own;
}

/** Loading the Dockerfile and such leads to no step. */
const isAnnouncedStep = ([, {announced, step}]: readonly [string, SeenVertex]): boolean =>
  announced && step.label.position !== undefined;

const labelOf = ({label}: Step): string => JSON.stringify(label);
