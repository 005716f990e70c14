import type {StageSize} from '../docker/stage-sizes.ts';
import {readProvenLayer, type LayerRequest} from '../layers/proven-layer.ts';
import {err, ok, type Result} from '../model/result.ts';
import {
  contentReader,
  leastTraced,
  sourceOf,
  type Content,
  type CopiedFiles,
} from './why-copies.ts';
import {tracedRemedy} from './why-remedies.ts';
import type {Finding, MadeBy, Place} from './why-report.ts';

/** Where a layer can be read, and what proves that it is the one. */
export type ReadableLayer = Pick<LayerRequest, 'images' | 'repository' | 'layer' | 'diffId'>;

export interface TraceRequest {
  readonly findings: readonly Finding[];
  /** The files of a finding, as paths in its layers. */
  readonly pathsOf: (finding: Finding) => readonly string[];
  readonly copied: CopiedFiles;
  readonly stages: readonly StageSize[];
  /** The layers of the image and of the stages beside it, by digest. */
  readonly layers: ReadonlyMap<string, ReadableLayer>;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * The findings, those in a `COPY --from=STAGE` with the instructions that made their files. That is told by
 * content: the layers of the stage are read, and a file is of the instruction whose layer has it, byte
 * for byte, under any name. What no layer of the stage has is in its base image. A file that several
 * instructions make is told of none, and a stage whose layers are not there any more is told as such.
 */
export async function traceCopies(request: TraceRequest): Promise<readonly Finding[]> {
  const {findings, pathsOf, copied, stages} = request;
  const places = new Map<Place, Map<Content, number>>();
  for (const finding of findings) {
    if (sourceOf(finding.place, stages) === undefined) continue;
    const contents = copied.of(finding.place);
    const wanted = places.get(finding.place) ?? new Map<Content, number>();
    places.set(finding.place, wanted);
    for (const path of pathsOf(finding)) {
      const content = contents.get(path);
      if (content !== undefined) wanted.set(content, Number.parseInt(content, 10));
    }
  }
  const traced = new Map<Place, Result<ReadonlyMap<Content, Place>, string>>();
  for (const [place, wanted] of places) {
    const source = sourceOf(place, stages);
    if (source === undefined || wanted.size === 0) continue;
    traced.set(place, await makersOf(source, wanted, request));
  }
  return findings.map((finding) => {
    const makers = traced.get(finding.place);
    if (makers === undefined) return finding;
    if (!makers.ok) return {...finding, notTraced: makers.error};
    const contents = copied.of(finding.place);
    const bytes = new Map<Place, number>();
    for (const path of pathsOf(finding)) {
      const content = contents.get(path);
      const place = content === undefined ? undefined : makers.value.get(content);
      if (content === undefined || place === undefined) continue;
      bytes.set(place, (bytes.get(place) ?? 0) + Number.parseInt(content, 10));
    }
    const madeBy = [...bytes]
      .map(([place, sum]): MadeBy => ({place, bytes: sum}))
      .toSorted((a, b) => b.bytes - a.bytes);
    const [largest] = madeBy;
    if (largest === undefined) return finding;
    return {...finding, madeBy, remedy: tracedRemedy(finding, largest.place)};
  });
}

/** The instruction of the stage, or of those that it copies from, that made each content. */
async function makersOf(
  source: StageSize,
  wanted: ReadonlyMap<Content, number>,
  request: TraceRequest,
): Promise<Result<ReadonlyMap<Content, Place>, string>> {
  const {stages} = request;
  const chain = chainOf(source, stages);
  const found = await filesIn(chain, wanted, request);
  if (!found.ok) return found;
  const makers = new Map<Content, Place>();
  const further = new Map<Place, Map<Content, number>>();
  const base: Place = {origin: 'base', stage: source.name, line: null, instruction: null};
  for (const [content, bytes] of wanted) {
    const [place = base, ...others] = found.value.get(content) ?? [];
    if (others.length > 0) continue;
    if (sourceOf(place, stages) === undefined) makers.set(content, place);
    else further.set(place, (further.get(place) ?? new Map<Content, number>()).set(content, bytes));
  }
  for (const [place, contents] of further) {
    const next = sourceOf(place, stages);
    const deeper = next === undefined ? undefined : await makersOf(next, contents, request);
    for (const content of contents.keys()) {
      // Where it goes no further, this COPY is what is known.
      const maker = deeper?.ok === true ? deeper.value.get(content) : place;
      if (maker !== undefined) makers.set(content, maker);
    }
  }
  return ok(makers);
}

/** The stage, and those that it starts from, the lowest first. */
function chainOf(stage: StageSize, stages: readonly StageSize[]): readonly StageSize[] {
  const below = stages.findLast(
    ({index, name}) => index < stage.index && name.toLowerCase() === stage.from.toLowerCase(),
  );
  return below === undefined ? [stage] : [...chainOf(below, stages), stage];
}

/** Which instructions of the stages have a content that is seen at their end. */
async function filesIn(
  chain: readonly StageSize[],
  wanted: ReadonlyMap<Content, number>,
  {layers, onBytes, signal}: TraceRequest,
): Promise<Result<ReadonlyMap<Content, readonly Place[]>, string>> {
  const sizes = new Set(wanted.values());
  const seen = new Map<string, {readonly content: Content; readonly place: Place}>();
  const remove = (path: string, isKept: (place: Place) => boolean): void => {
    for (const [known, {place}] of seen) {
      if ((known === path || known.startsWith(`${path}/`)) && !isKept(place)) seen.delete(known);
    }
  };
  for (const stage of chain) {
    const {name, unknownBecause, instructions} = stage;
    if (stage.layers === null) {
      return err(`stage ${name} cannot be read: ${unknownBecause ?? 'its layers are not known'}`);
    }
    for (const {line, text, layer: digest} of instructions) {
      if (digest === null) continue;
      const layer = layers.get(digest);
      if (layer === undefined) {
        return err(`the layers of stage ${name} are not in the builder any more: build it again`);
      }
      const place: Place = {origin: 'stage', stage: name, line, instruction: text};
      const read = await readProvenLayer({
        ...{...layer, onBytes, signal},
        onEntry({kind, path, bytes}) {
          if (kind === 'directory') return undefined;
          const isOfLayer = (other: Place): boolean => other === place;
          if (kind === 'whiteout' || kind === 'opaque') remove(path, isOfLayer);
          else seen.delete(path);
          if (kind !== 'file' || bytes < leastTraced || !sizes.has(bytes)) return undefined;
          return contentReader(bytes, (content) => {
            if (wanted.has(content)) seen.set(path, {content, place});
          });
        },
      });
      if (!read.ok) return err(`stage ${name} cannot be read: ${read.error.message}`);
    }
  }
  const places = new Map<Content, Set<Place>>();
  for (const {content, place} of seen.values()) {
    places.set(content, (places.get(content) ?? new Set<Place>()).add(place));
  }
  return ok(new Map([...places].map(([content, found]) => [content, [...found]])));
}
