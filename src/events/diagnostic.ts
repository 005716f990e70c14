/** A place in a text file. Lines and columns are 1-based; columns count UTF-16 code units. */
export interface SourceRange {
  /** Path as the user gave it, for display. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Number of characters to underline, at least 1, all on `line`. */
  readonly length: number;
  /** The whole source line, without its line break. */
  readonly text: string;
}

/** One thing that is wrong (or doubtful) at one place, with all that a reader needs to mend it. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** A stable kebab-case fact, such as `unknown-key` or `duplicate-tag`. */
  readonly code: string;
  readonly message: string;
  /** Absent only where the problem has no place in any file (a `--set` on the command line). */
  readonly range?: SourceRange;
  /** What to do about it: "did you mean `platforms`?". */
  readonly suggestion?: string;
  /** Other places that explain this one: "first declared here". */
  readonly related?: readonly {readonly message: string; readonly range: SourceRange}[];
}
