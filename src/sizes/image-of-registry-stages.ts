import {
  alignInstructions,
  isSameInstruction,
  keywordOf,
  type Aligned,
} from './compare-instructions.ts';
import {addMeasured} from './measured.ts';
import type {
  BaseSize,
  ImageSizes,
  InstructionReport,
  Measured,
  StageReport,
} from './size-report.ts';

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
  const own = shipped.flatMap((stage) =>
    stage.instructions
      .filter(({layer}) => layer !== undefined)
      .map(({line, text}): Own => ({
        ...{line, written: text, stage: stage.name},
        text: comparable(text),
      })),
  );
  if (like.base === null) return null;
  const shared = known === null ? sharedBase(layers, like.base) : null;
  const start = known?.layers ?? shared ?? layers.length - own.length;
  const from = known?.from ?? like.base.from;
  if (start < 0 || (start > 0 && from === 'scratch')) return null;
  const above = layers.slice(start).map((layer): Own & InstructionReport => ({
    ...layer,
    ...{written: layer.text, stage: ''},
    text: comparable(layer.text),
  }));
  const pairs = alignInstructions(own, above);
  if (known === null && shared === null && !pairs.every(isAnchor)) return null;
  const places = placesOf(pairs, shipped);
  if (places === null) return null;

  const baseSize =
    shared === null ? addMeasured(layers.slice(0, start).map(({size}) => size)) : like.base.size;
  let total: Measured = {compressed: baseSize.compressed, unpacked: baseSize.unpacked};
  const stages = shipped.map((stage, index): StageReport => {
    const instructions = places.get(stage.name) ?? [];
    const added = addMeasured(instructions.map(({size}) => size));
    total = addMeasured([total, added]);
    return {...stage, ...(index === 0 ? {from} : {}), instructions, added, total};
  });
  const base = {
    from,
    size: {compressed: baseSize.compressed, unpacked: baseSize.unpacked},
    layers: layers.slice(0, start).flatMap(({layer}) => layer ?? []),
  };
  return {base, stages};
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

/**
 * An instruction as a history has it: BuildKit leaves flags such as `--from` and `--mount` out, and
 * gives the body of a here-document alone.
 */
function comparable(text: string): string {
  const keyword = keywordOf({text});
  const rest = text.trim().slice(keyword.length);
  const bare = rest
    .replaceAll(/\s--(?:from|link|mount|network|security|exclude|parents)(?:=\S+)?(?=\s)/gu, '')
    .trim();
  const mark = /^<<-?["']?(\w+)["']?\s/u.exec(bare);
  if (mark === null) return `${keyword} ${bare}`;
  const body = bare.slice(mark[0].length).trim();
  const end = mark[1] ?? '';
  return `${keyword} ${body.endsWith(end) ? body.slice(0, -end.length).trim() : body}`;
}
