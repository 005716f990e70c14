import {createLineJoiner, type LineJoiner} from './log-lines.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface OutputLine {
  readonly stream: OutputStream;
  readonly text: string;
}

/** What one step prints. */
export interface StepOutput {
  /** The lines that these bytes complete. */
  push(stream: OutputStream, bytes: Uint8Array): readonly OutputLine[];
  /** The lines that were begun and not ended. */
  end(): readonly OutputLine[];
  /** The last lines of both streams, as they came. */
  readonly tail: readonly string[];
}

/** The output of a step, of which the last `tailLength` lines are kept. */
export function createStepOutput(tailLength: number): StepOutput {
  const joiners = new Map<OutputStream, LineJoiner>();
  const tail: string[] = [];
  const keep = (stream: OutputStream, texts: readonly string[]): readonly OutputLine[] => {
    for (const text of texts) keepLast(tail, text, tailLength);
    return texts.map((text) => ({stream, text}));
  };
  return {
    tail,
    push(stream, bytes) {
      const joiner = joiners.get(stream) ?? createLineJoiner();
      joiners.set(stream, joiner);
      return keep(stream, joiner.push(bytes));
    },
    end: () => [...joiners].flatMap(([stream, joiner]) => keep(stream, joiner.end())),
  };
}

/** Adds a line; of more than `length` lines the first goes. */
export function keepLast(lines: string[], line: string, length: number): void {
  lines.push(line);
  if (lines.length > length) lines.shift();
}
