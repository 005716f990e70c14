import {DockerfileParser, Onbuild, type Instruction} from 'dockerfile-ast';
import {contextKey} from '../dockerfile/context-key.ts';
import {err, ok, type Result} from '../model/result.ts';
import {instructionText} from './instruction-text.ts';
import type {HistoryEntry} from './read-image.ts';

/** A stage of the Dockerfile. */
export interface StageOfDockerfile extends UseOfStage {
  /** Name, or null for a stage without `AS`. */
  readonly name: string | null;
  readonly index: number;
  /** Line of its FROM in the Dockerfile, 1-based. */
  readonly line: number;
  /**
   * What is otherwise for a platform: `base` above is for the first, `shipped` and `used` are for any.
   */
  readonly on?: Readonly<Record<string, UseOfStage>>;
}

export interface UseOfStage {
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
  /** True when the build needs it: BuildKit builds no other stage. */
  readonly used: boolean;
}

/** The stages as they are for one platform. */
export function stagesOn(
  stages: readonly StageOfDockerfile[],
  platform: string,
): readonly StageOfDockerfile[] {
  return stages.map(({on, ...stage}) => ({...stage, ...on?.[platform]}));
}

/** The stage of this index and those it is made of, the one with the base image first. */
export function chainTo(
  stages: readonly StageOfDockerfile[],
  index: number,
): readonly StageOfDockerfile[] {
  const stage = stages[index];
  if (stage === undefined) return [];
  // A stage starts from an earlier one.
  const {base} = stage;
  return base.kind === 'stage' && base.index < index
    ? [...chainTo(stages, base.index), stage]
    : [stage];
}

/** Index of the stage that is shipped; undefined when there is none. */
export function shippedStage(stages: readonly StageOfDockerfile[]): number | undefined {
  return stages.findLast((stage) => stage.shipped)?.index;
}

/** The layers of a stage, as positions in the list of the image's layers. */
export interface StageLayers {
  /** How many layers of the image there are before a stage's own, and at its end. */
  readonly start: number;
  readonly end: number;
  readonly instructions: readonly InstructionLayer[];
}

export interface InstructionLayer {
  /** Line in the Dockerfile, 1-based: that of the ONBUILD of another stage for what it makes this one do. */
  readonly line: number;
  readonly text: string;
  /** Position of its layer in the image; null when it made none. */
  readonly layer: number | null;
}

/**
 * Which layers of an image each stage made, by the stage's index, for the chain of stages that ends with
 * the stage `last`, of which it is the image; or a sentence that says why that cannot be told.
 *
 * A manifest does not tell which stage a layer comes from, but the image configuration has a history,
 * and BuildKit's Dockerfile frontend adds exactly one entry to it for every instruction but FROM and
 * ONBUILD (commitToHistory in dockerfile2llb/convert.go), marked when it made no layer. So the last
 * entries belong, one by one, to the instructions of the chain, whatever was cached, whoever
 * built it, and however many nodes did; what is below them belongs to the base image (instructions
 * that an image brings along by its own ONBUILD included). That they are those very instructions is
 * checked by their keywords, and that the layers are all there by their number.
 *
 * The provenance tells the same, but buildx up to 0.29 writes none to the metadata file when it
 * builds several platforms, and none ever for a builder with several nodes.
 */
export function layersOfStages(
  dockerfile: string,
  stages: readonly StageOfDockerfile[],
  last: number,
  history: readonly HistoryEntry[],
  layerCount: number,
): Result<ReadonlyMap<number, StageLayers>, string> {
  const written = readInstructions(dockerfile);
  const froms = written.filter(({keyword}) => keyword === 'FROM').map(({line}) => line);
  if (froms.join() !== stages.map(({line}) => line).join()) {
    return err('the Dockerfile has changed since the build was planned');
  }
  const chain = chainTo(stages, last);
  const replaced = chain.find(isReplaced);
  if (replaced !== undefined) {
    const name = replaced.name ?? '';
    return err(`the named context \`${name}\` takes the place of the stage \`${name}\``);
  }
  const run = chain.flatMap((stage) => instructionsOf(stage, stages, written));
  const committed = run.filter(({keyword}) => keyword !== 'ONBUILD');

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
  const made = new Set(committed.filter((_, position) => own[position]?.empty === false));
  const base = layerCount - made.size;
  if (base !== 0 && chain[0]?.base.kind === 'scratch') {
    return err('the image has layers that no instruction of the Dockerfile made');
  }

  const layers = new Map<number, StageLayers>();
  let end = base;
  for (const {index} of chain) {
    const start = end;
    const instructions = run
      .filter(({stage}) => stage === index)
      .map((instruction): InstructionLayer => {
        const {line, text} = instruction;
        if (!made.has(instruction)) return {line, text, layer: null};
        end += 1;
        return {line, text, layer: end - 1};
      });
    layers.set(index, {start, end, instructions});
  }
  return ok(layers);
}

/** An instruction as it stands in the Dockerfile. */
interface WrittenInstruction {
  readonly keyword: string;
  readonly line: number;
  readonly text: string;
  /** What an ONBUILD makes other stages do. */
  readonly trigger: string | null;
}

function readInstructions(dockerfile: string): readonly WrittenInstruction[] {
  const parsed = DockerfileParser.parse(dockerfile);
  const escape = parsed.getEscapeCharacter();
  return parsed.getInstructions().map((instruction: Instruction) => ({
    keyword: instruction.getKeyword(),
    line: instruction.getRange().start.line + 1,
    text: instructionText(instruction, escape),
    trigger:
      instruction instanceof Onbuild
        ? (instruction.getTriggerInstruction()?.getKeyword() ?? null)
        : null,
  }));
}

/** An instruction as a stage runs it. */
interface RunInstruction {
  readonly keyword: string;
  readonly line: number;
  readonly text: string;
  /** Index of the stage that runs it. */
  readonly stage: number;
}

/**
 * What a stage runs: first the ONBUILD instructions of the stage that it starts from, then its own
 * (initOnBuildTriggers in dockerfile2llb/convert.go). They are not handed on to a third stage.
 */
function instructionsOf(
  {index, base}: StageOfDockerfile,
  stages: readonly StageOfDockerfile[],
  written: readonly WrittenInstruction[],
): readonly RunInstruction[] {
  const ofStage = (wanted: number): readonly WrittenInstruction[] =>
    written.filter(
      ({keyword, line}) =>
        keyword !== 'FROM' && stages.findLastIndex((stage) => stage.line <= line) === wanted,
    );
  const triggers = base.kind === 'stage' ? ofStage(base.index) : [];
  return [
    ...triggers.flatMap(({line, text, trigger}) =>
      trigger === null ? [] : [{keyword: trigger, line, text, stage: index}],
    ),
    ...ofStage(index).map(({keyword, line, text}) => ({keyword, line, text, stage: index})),
  ];
}

/**
 * True when a named context has the stage's own name: BuildKit takes it for the whole stage, and runs
 * none of its instructions (dockerfile2llb/convert.go).
 */
export function isReplaced({name, base}: StageOfDockerfile): boolean {
  return name !== null && base.kind === 'context' && contextKey(base.name) === contextKey(name);
}

/**
 * The exporter appends an entry for every layer that the base image's own history does not mention
 * (normalizeLayersAndHistory in exporter/containerimage/writer.go): at the end, where it does not belong.
 */
const exporterComment = 'buildkit.exporter.image.v0';

/** The entries without those that the exporter appended. */
export function ofBuild(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const last = history.findLastIndex(({comment}) => comment !== exporterComment);
  return history.slice(0, last + 1);
}

function added(history: readonly HistoryEntry[]): number {
  return history.length - ofBuild(history).length;
}

function keywordOf(createdBy: string): string {
  return createdBy.split(' ', 1)[0] ?? '';
}
