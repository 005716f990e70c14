import {DockerfileParser} from 'dockerfile-ast';
import {contextKey} from '../dockerfile/context-key.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {HistoryEntry} from './read-image.ts';

/** A stage of the Dockerfile. */
export interface StageOfDockerfile {
  /** Name, or null for a stage without `AS`. */
  readonly name: string | null;
  readonly index: number;
  /** Line of its FROM in the Dockerfile, 1-based. */
  readonly line: number;
  /**
   * What it starts from: another stage (by index), `scratch`, an image after ARG expansion, or the
   * named context of that name, which may be the stage's own. `source` is what is really read (the id
   * of a target, an image of a mirror, …) where that differs from what is written and is known.
   */
  readonly base:
    | {readonly kind: 'stage'; readonly index: number}
    | {readonly kind: 'scratch'}
    | {readonly kind: 'image'; readonly reference: string; readonly source?: string}
    | {readonly kind: 'context'; readonly name: string; readonly source?: string};
  /** True when its layers are part of the shipped image. */
  readonly shipped: boolean;
}

/** How many layers of the image there are before a stage's own, and at its end. */
export interface StageLayers {
  readonly start: number;
  readonly end: number;
}

interface Instruction {
  readonly keyword: string;
  /** Index of its stage. */
  readonly stage: number;
}

/**
 * Which layers each shipped stage made, by the stage's index; or a sentence that says why that cannot
 * be told.
 *
 * A manifest does not tell which stage a layer comes from, but the image configuration has a history,
 * and BuildKit's Dockerfile frontend adds exactly one entry to it for every instruction but FROM and
 * ONBUILD (commitToHistory in dockerfile2llb/convert.go), marked when it made no layer. So the last
 * entries belong, one by one, to the instructions of the shipped stages, whatever was cached, whoever
 * built it, and however many nodes did; what is below them belongs to the base image (instructions
 * that an image brings along by its own ONBUILD included). That they are those very instructions is
 * checked by their keywords, and that the layers are all there by their number.
 *
 * The provenance tells the same, but buildx up to 0.29 writes none to the metadata file when it
 * builds several platforms, and none ever for a builder with several nodes.
 */
export function stageEnds(
  dockerfile: string,
  stages: readonly StageOfDockerfile[],
  history: readonly HistoryEntry[],
  layerCount: number,
): Result<ReadonlyMap<number, StageLayers>, string> {
  const parsed = DockerfileParser.parse(dockerfile).getInstructions();
  const places = parsed.map((instruction) => ({
    keyword: instruction.getKeyword(),
    line: instruction.getRange().start.line + 1,
  }));
  const froms = places.filter(({keyword}) => keyword === 'FROM').map(({line}) => line);
  if (froms.join() !== stages.map(({line}) => line).join()) {
    return err('the Dockerfile has changed since the build was planned');
  }

  const shipped = stages.filter((stage) => stage.shipped);
  const replaced = shipped.find(isReplaced);
  if (replaced !== undefined) {
    const name = replaced.name ?? '';
    return err(`the named context \`${name}\` takes the place of the stage \`${name}\``);
  }
  const instructions = places
    .map(({keyword, line}): Instruction => ({
      keyword,
      stage: stages.findLastIndex((stage) => stage.line <= line),
    }))
    .filter(({keyword, stage}) => keyword !== 'FROM' && stages[stage]?.shipped === true);
  if (hasTriggers(instructions, shipped)) {
    return err('a stage has ONBUILD instructions, which another stage runs');
  }
  const committed = instructions.filter(({keyword}) => keyword !== 'ONBUILD');

  const entries = ofBuild(history);
  if (entries.filter(({empty}) => !empty).length + added(history) !== layerCount) {
    return err('the history in the image configuration does not fit its layers');
  }
  const own = entries.slice(Math.max(0, entries.length - committed.length));
  if (
    own.length !== committed.length ||
    own.some(({createdBy}, position) => keywordOf(createdBy) !== committed[position]?.keyword)
  ) {
    return err('the history in the image configuration does not fit the Dockerfile');
  }

  const made = own.map(({empty}, position) => (empty ? -1 : (committed[position]?.stage ?? -1)));
  const base = layerCount - made.filter((stage) => stage !== -1).length;
  if (base !== 0 && shipped[0]?.base.kind === 'scratch') {
    return err('the image has layers that no instruction of the Dockerfile made');
  }
  const ends = new Map<number, StageLayers>();
  let end = base;
  for (const {index} of shipped) {
    const start = end;
    end += made.filter((stage) => stage === index).length;
    ends.set(index, {start, end});
  }
  return ok(ends);
}

/**
 * True when a named context has the stage's own name: BuildKit takes it for the whole stage, and runs
 * none of its instructions (dockerfile2llb/convert.go).
 */
function isReplaced({name, base}: StageOfDockerfile): boolean {
  return name !== null && base.kind === 'context' && contextKey(base.name) === contextKey(name);
}

/** ONBUILD of a stage that another shipped stage starts from: its instructions run again there. */
function hasTriggers(
  instructions: readonly Instruction[],
  shipped: readonly StageOfDockerfile[],
): boolean {
  return instructions.some(
    ({keyword, stage}) => keyword === 'ONBUILD' && stage !== shipped.at(-1)?.index,
  );
}

/**
 * The exporter appends an entry for every layer that the base image's own history does not mention
 * (normalizeLayersAndHistory in exporter/containerimage/writer.go): at the end, where it does not belong.
 */
const exporterComment = 'buildkit.exporter.image.v0';

function ofBuild(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const last = history.findLastIndex(({comment}) => comment !== exporterComment);
  return history.slice(0, last + 1);
}

function added(history: readonly HistoryEntry[]): number {
  return history.length - ofBuild(history).length;
}

function keywordOf(createdBy: string): string {
  return createdBy.split(' ', 1)[0] ?? '';
}
