/** Whether a target has to be built. */
export type Decision =
  | {
      readonly kind: 'unchanged';
      /** Digest of the image, by the id of each of the target's builds. */
      readonly digests: Readonly<Record<string, string>>;
      /** In words, where its inputs are not the very same. */
      readonly because?: string;
    }
  | {
      readonly kind: 'build';
      /** In words, what matters most first; at least one. */
      readonly reasons: readonly string[];
    };

/** Decisions by the id of the target. */
export type Decisions = ReadonlyMap<string, Decision>;

/** One decision as `plan --json --why` has it. */
export type DecisionDocument = Decision & {readonly target: string};

export function decisionDocuments(decisions: Decisions): readonly DecisionDocument[] {
  return [...decisions].map(([target, decision]) => ({target, ...decision}));
}
