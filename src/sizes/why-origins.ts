import type {StageSize} from '../docker/stage-sizes.ts';
import type {LayerRecord, PlatformRecord} from '../records/build-record.ts';
import type {Place} from './why-report.ts';

/** A layer of the image, and what made it. */
export interface LayerOrigin {
  readonly layer: LayerRecord;
  readonly place: Place;
  /** What its stage starts from; of a layer of the base image, the image's reference. */
  readonly from: string | null;
}

/**
 * The layers of a platform from the base up, each with the instruction that made it as far as the
 * record tells. Layers of one instruction or of the base image share one `place` value.
 */
export function layerOrigins({layers, stages}: PlatformRecord): readonly LayerOrigin[] {
  const shipped = (stages ?? []).filter((stage) => stage.shipped);
  const made = shipped.reduce((sum, stage) => sum + (stage.layers ?? Number.NaN), 0);
  const [first] = shipped;
  if (first === undefined || !(made <= layers.length)) {
    return layers.map((layer) => ({layer, place: unknownPlace, from: null}));
  }
  const baseLayers = layers.length - made;
  const origins = layers
    .slice(0, baseLayers)
    .map((layer): LayerOrigin => ({layer, place: basePlace, from: first.from}));
  for (const stage of shipped) {
    const own = layers.slice(origins.length, origins.length + (stage.layers ?? 0));
    const places = placesOf(stage, own);
    own.forEach((layer, index) => {
      origins.push({layer, place: places[index] ?? stagePlace(stage), from: stage.from});
    });
  }
  return origins;
}

const basePlace: Place = {origin: 'base', stage: null, line: null, instruction: null};
const unknownPlace: Place = {origin: 'unknown', stage: null, line: null, instruction: null};

function stagePlace({name}: StageSize): Place {
  return {origin: 'stage', stage: name, line: null, instruction: null};
}

/** The instructions that made layers; without their lines where they do not fit the layers. */
function placesOf(stage: StageSize, layers: readonly LayerRecord[]): readonly Place[] {
  const makers = stage.instructions.filter(({layer}) => layer !== null);
  const isFit =
    makers.length === layers.length &&
    makers.every(({layer}, index) => layer === layers[index]?.digest);
  if (!isFit) return layers.map(() => stagePlace(stage));
  return makers.map(({line, text}) => ({
    origin: 'stage',
    stage: stage.name,
    line,
    instruction: text,
  }));
}
