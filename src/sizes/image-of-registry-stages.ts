import {alignInstructions, isSameInstruction, type Aligned} from './compare-instructions.ts';
import {addMeasured} from './measured.ts';
import type {
  BaseSize,
  ImageSizes,
  InstructionReport,
  Measured,
  StageReport,
} from './size-report.ts';
import {inFormOfHistory} from './written-as-in-history.ts';

/** The base image of the layers, where it is known: what it is called, and how many of them are its own. */
export interface KnownBase {
  readonly from: string;
  readonly layers: number;
}

/**
 * The shipped stages of `like` with the sizes of these layers, which the history of another image
 * tells from the base up; null when it cannot be told which stage made which layer.
 *
 * On top of the same base layers, or of a base that is known, each layer is of the stage whose unchanged
 * instructions stand around it. On top of another base the last layers have to be just what the
 * instructions of now make: else a layer of the base might be taken for one of a stage.
 */
export function fitStages(
  layers: readonly InstructionReport[],
  like: ImageSizes,
  known: KnownBase | null = null,
): {readonly base: BaseSize; readonly stages: readonly StageReport[]} | null {
  const shipped = like.stages.filter((stage) => stage.shipped);
  const own = ownOf(like);
  if (like.base === null) return null;
  const shared = known === null ? sharedBase(layers, like.base) : null;
  const start = known?.layers ?? shared ?? layers.length - own.length;
  const from = known?.from ?? like.base.from;
  if (start < 0 || (start > 0 && from === 'scratch')) return null;
  const pairs = pairsOf(own, layers.slice(start));
  if (known === null && shared === null && !pairs.every(isAnchor)) return null;
  const places = placesOf(pairs, shipped);
  if (places === null) return null;

  const baseSize =
    shared === null ? addMeasured(layers.slice(0, start).map(({size}) => size)) : like.base.size;
  let total: Measured = {compressed: baseSize.compressed, unpacked: baseSize.unpacked};
  const stages = like.stages.map((stage): StageReport => {
    // Not in the image, so that nothing is told of it: not even that it is new.
    if (!stage.shipped) return {...stage, instructions: [], added: notTold, total: notTold};
    const instructions = places.get(stage.name) ?? [];
    const added = addMeasured(instructions.map(({size}) => size));
    total = addMeasured([total, added]);
    return {...stage, ...(stage === shipped[0] ? {from} : {}), instructions, added, total};
  });
  const base = {
    from,
    size: {compressed: baseSize.compressed, unpacked: baseSize.unpacked},
    layers: layers.slice(0, start).flatMap(({layer}) => layer ?? []),
  };
  return {base, stages};
}

const notTold: Measured = {compressed: null, unpacked: null};

/**
 * What a history tells, each instruction in the words of the Dockerfile of now where it is in both: a
 * history leaves out flags and shortens here-documents, which is no edit.
 */
export function asWrittenNow(
  layers: readonly InstructionReport[],
  like: ImageSizes,
): readonly InstructionReport[] {
  const pairs = pairsOf(ownOf(like), layers).filter(({before}) => before !== null);
  // Every layer is in one pair, in their order.
  return layers.map((layer, index) => {
    const pair = pairs[index];
    const written = pair !== undefined && isAnchor(pair) ? pair.now?.written : undefined;
    return {...layer, text: written ?? layer.text};
  });
}

/** Unpacked bytes of the layers of an image whose stages are known, by digest. */
export function unpackedLayers({stages}: ImageSizes): ReadonlyMap<string, number> {
  return new Map(
    stages.flatMap(({instructions}) =>
      instructions.flatMap(({layer, size}): readonly (readonly [string, number])[] =>
        layer === undefined || size.unpacked === null ? [] : [[layer, size.unpacked]],
      ),
    ),
  );
}

interface Own {
  readonly line: number;
  /** In the form in which a history has it. */
  readonly text: string;
  readonly written: string;
  readonly stage: string;
}

/** What the shipped stages add. */
function ownOf({stages}: ImageSizes): readonly Own[] {
  return stages
    .filter((stage) => stage.shipped)
    .flatMap((stage) =>
      stage.instructions
        .filter(({layer}) => layer !== undefined)
        .map(({line, text}): Own => ({...{line, text, written: text}, stage: stage.name})),
    );
}

function pairsOf(own: readonly Own[], layers: readonly InstructionReport[]): readonly Pair[] {
  const form = inFormOfHistory(own.map(({written}) => written));
  const above = layers.map((layer) => ({...layer, ...{written: layer.text, stage: ''}}));
  return alignInstructions(
    own.map((one) => ({...one, text: form(one.written)})),
    above.map((one) => ({...one, text: form(one.written)})),
  );
}

type Pair = Aligned<Own, Own & InstructionReport>;

const isAnchor = ({now, before}: Pair): boolean =>
  now !== null && before !== null && isSameInstruction(now, before);

/** The layers of each stage by its name; null when one may be of several. */
function placesOf(
  pairs: readonly Pair[],
  shipped: readonly StageReport[],
): ReadonlyMap<string, readonly InstructionReport[]> | null {
  const places = new Map<string, InstructionReport[]>();
  for (const [index, pair] of pairs.entries()) {
    const {now, before} = pair;
    if (before === null) continue;
    const below = pairs.slice(0, index).findLast(isAnchor)?.now?.stage ?? shipped[0]?.name;
    const above = pairs.slice(index + 1).find(isAnchor)?.now?.stage ?? shipped.at(-1)?.name;
    const stage = isAnchor(pair) ? now?.stage : below === above ? below : undefined;
    if (stage === undefined) return null;
    const {written, size, layer} = before;
    const report: InstructionReport = {
      line: now?.line ?? 0,
      text: isAnchor(pair) ? (now?.written ?? written) : written,
      size,
      ...(layer === undefined ? {} : {layer}),
    };
    places.set(stage, [...(places.get(stage) ?? []), report]);
  }
  return places;
}

/** Number of layers of the base image when these begin with all of them; null when they do not, or it has none. */
function sharedBase(layers: readonly InstructionReport[], base: BaseSize): number | null {
  const known = base.layers;
  if (known === undefined || known.length === 0) return null;
  return known.every((digest, index) => layers[index]?.layer === digest) ? known.length : null;
}
