import {createHash} from 'node:crypto';

import type {ContentReader, LayerEntry} from '../layers/read-layer.ts';
import type {StageSize} from '../docker/stage-sizes.ts';
import type {Place} from './why-report.ts';

/** Of smaller files the content is not looked at: they weigh nothing, and there are many. */
export const leastTraced = 1024;

/** Size and sha256 of a file's content: two files that have the same are the same. */
export type Content = string;

/** The content of a file, told to `onEnd` when all of it has come. */
export function contentReader(bytes: number, onEnd: (content: Content) => void): ContentReader {
  const hash = createHash('sha256');
  return {
    data: (piece) => hash.update(piece),
    end: () => {
      onEnd(`${String(bytes)} ${hash.digest('base64')}`);
    },
  };
}

/** The name or number of what a COPY takes its files from; undefined for other instructions. */
export function copiedFrom(instruction: string | null): string | undefined {
  return /^(?:COPY|ADD)\s(?:.*?\s)?--from=(\S+)/iu.exec(instruction ?? '')?.[1];
}

/** The stage that a COPY takes its files from: one above its own, by name or number. */
export function sourceOf(
  {instruction, stage}: Place,
  stages: readonly StageSize[],
): StageSize | undefined {
  const from = copiedFrom(instruction)?.toLowerCase();
  const own = stages.findLast(({name}) => name === stage)?.index ?? 0;
  const above = stages.filter(({index}) => index < own);
  // As in BuildKit: letters of either case, and the last of several.
  return from === undefined
    ? undefined
    : (above.findLast(({name}) => name.toLowerCase() === from) ??
        above.find(({index}) => String(index) === from));
}

/** Contents of files that were copied from stages, by the instruction that copied them. */
export interface CopiedFiles {
  /** Reads a file of a layer that `place` made; undefined for what need not be read. */
  reader(place: Place, entry: LayerEntry): ContentReader | undefined;
  /** By path, as in the layer. */
  of(place: Place): ReadonlyMap<string, Content>;
}

export function createCopiedFiles(stages: readonly StageSize[]): CopiedFiles {
  const files = new Map<Place, Map<string, Content>>();
  const isCopy = new Map<Place, boolean>();
  return {
    reader(place, {kind, path, bytes}) {
      if (kind !== 'file' || bytes < leastTraced) return undefined;
      const known = isCopy.get(place) ?? sourceOf(place, stages) !== undefined;
      isCopy.set(place, known);
      if (!known) return undefined;
      const own = files.get(place) ?? new Map<string, Content>();
      files.set(place, own);
      return contentReader(bytes, (content) => own.set(path, content));
    },
    of: (place) => files.get(place) ?? new Map(),
  };
}
