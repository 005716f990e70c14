/** Whether a target has to be built. */
export type Decision =
  | {
      readonly kind: 'unchanged';
      /** Digest of the image, by the id of each of the target's builds. */
      readonly digests: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'build';
      /** In words, what matters most first; at least one. */
      readonly reasons: readonly string[];
    };

/** Decisions by the id of the target. */
export type Decisions = ReadonlyMap<string, Decision>;

/** One decision as `plan --json --why` has it. */
export type DecisionDocument =
  | {
      readonly target: string;
      readonly kind: 'unchanged';
      /** By the id of the build. */
      readonly digests: Readonly<Record<string, string>>;
    }
  | {readonly target: string; readonly kind: 'build'; readonly reasons: readonly string[]};

export function decisionDocuments(decisions: Decisions): readonly DecisionDocument[] {
  return [...decisions].map(([target, decision]) =>
    decision.kind === 'build'
      ? {target, kind: decision.kind, reasons: decision.reasons}
      : {target, kind: decision.kind, digests: decision.digests},
  );
}
