import type {Problem} from '../model/problem.ts';

/** A stretch of the file's text, as offsets in UTF-16 code units; the end is not part of it. */
export type Span = readonly [start: number, end: number];

/** A problem at a place that is known as offsets, before it becomes a diagnostic with its line. */
export interface LocatedProblem extends Problem {
  readonly code: string;
  readonly span: Span;
  readonly related?: readonly {readonly message: string; readonly span: Span}[];
}
