import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {err, ok, type Result} from '../model/result.ts';
import {contextKey} from './context-key.ts';
import {expandWord, type Variables} from './expand-word.ts';
import {globalVariables, isBuildPlatformArg} from './global-variables.ts';
import type {ParsedDockerfile, ParsedStage, StageReference} from './parse-dockerfile.ts';

/** What decides how the stages of a Dockerfile hang together. */
export interface StageQuestion {
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  /** The stage to ship; null for the last. */
  readonly stage: string | null;
  /** Keys of the named contexts, by `contextKey`. */
  readonly contexts: ReadonlySet<string>;
}

export type StageBase =
  | {readonly kind: 'stage'; readonly index: number}
  | {readonly kind: 'scratch'}
  | {readonly kind: 'image'; readonly reference: string}
  | {readonly kind: 'context'; readonly name: string};

export interface ResolvedStage extends StageUse {
  readonly name: string | null;
  readonly index: number;
  readonly line: number;
  /** What is otherwise for a platform: the above is for the first, or for any. */
  readonly on?: Readonly<Record<string, StageUse>>;
}

/** What a stage starts from, and what it is good for. */
export interface StageUse {
  readonly base: StageBase;
  /** True when its layers are part of the shipped image. */
  readonly shipped: boolean;
  /** True when the build needs it: BuildKit builds no other. */
  readonly used: boolean;
}

/** An image outside the Dockerfile that the build reads. */
export interface BaseImage {
  readonly reference: string;
  readonly range: SourceRange;
  /** Platforms whose shipped image starts from it. */
  readonly shippedFor: readonly string[];
}

export interface ResolvedStages {
  readonly stages: readonly ResolvedStage[];
  readonly images: readonly BaseImage[];
}

/**
 * Finds out what each stage starts from and which are shipped, by the rules of BuildKit's
 * dockerfile2llb/convert.go: a named context replaces the stage or image of its name, a stage name
 * means the last earlier stage of that name, letters of either case are equal.
 */
export function resolveStages(
  dockerfile: ParsedDockerfile,
  question: StageQuestion,
): Result<ResolvedStages, readonly Diagnostic[]> {
  const graphs: StageGraph[] = [];
  for (const platform of question.platforms) {
    const graph = stageGraph(dockerfile, question, platform);
    if (!graph.ok) return graph;
    graphs.push(graph.value);
  }
  const first = graphs[0];
  if (first === undefined) return ok({stages: [], images: []});
  const stages = dockerfile.stages.map((stage, index): ResolvedStage => {
    const use: StageUse = {
      base: first.bases[index] ?? {kind: 'scratch'},
      shipped: graphs.some((graph) => graph.chain.has(index)),
      used: graphs.some((graph) => graph.needed.has(index)),
    };
    const others = graphs.flatMap((graph): [string, StageUse][] => {
      const one: StageUse = {
        base: graph.bases[index] ?? use.base,
        shipped: graph.chain.has(index),
        used: graph.needed.has(index),
      };
      return isSameUse(one, use) ? [] : [[graph.platform, one]];
    });
    const on = others.length === 0 ? {} : {on: Object.fromEntries(others)};
    return {name: stage.name, index, line: stage.range.line, ...use, ...on};
  });
  return ok({stages, images: imagesOf(dockerfile, question, graphs)});
}

function isSameUse(a: StageUse, b: StageUse): boolean {
  return (
    a.shipped === b.shipped &&
    a.used === b.used &&
    JSON.stringify(a.base) === JSON.stringify(b.base)
  );
}

/** The stages as they hang together for one platform. */
interface StageGraph {
  readonly platform: string;
  readonly bases: readonly StageBase[];
  /** Indexes of the stages whose layers are shipped. */
  readonly chain: ReadonlySet<number>;
  /** Indexes of all stages that have to be built. */
  readonly needed: ReadonlySet<number>;
}

function stageGraph(
  dockerfile: ParsedDockerfile,
  question: StageQuestion,
  platform: string,
): Result<StageGraph, readonly Diagnostic[]> {
  const target = targetIndex(dockerfile, question.stage);
  const targetName = question.stage ?? dockerfile.stages.at(-1)?.name ?? 'default';
  const variables = globalVariables(dockerfile, question.args, platform, targetName);
  if (!variables.ok) return variables;
  const bases: StageBase[] = [];
  const problems: Diagnostic[] = [];
  for (const stage of dockerfile.stages) {
    const base = baseOf(dockerfile, stage, question.contexts, variables.value);
    if (base.ok) bases.push(base.value);
    else problems.push(base.error);
  }
  if (problems.length > 0) return err(problems);
  if (target === undefined) return err([]);
  const chain = reach([target], (index) => previous(bases[index]));
  const needed = reach([target], (index) => [
    ...previous(bases[index]),
    ...(bases[index]?.kind === 'context' && hasOwnContext(dockerfile, index, question)
      ? []
      : referencesIn(dockerfile, index, bases).flatMap(
          ({name}) => stageReferenced(dockerfile, name) ?? [],
        )),
  ]);
  return ok({platform, bases, chain, needed});
}

/** Index of the stage that is shipped; undefined when no stage has this name. */
export function targetIndex(
  dockerfile: ParsedDockerfile,
  stage: string | null,
): number | undefined {
  if (stage === null) return dockerfile.stages.length - 1;
  return stageNamed(dockerfile, stage, dockerfile.stages.length);
}

/** What the named stage was meant to be, for a message. */
export function suggestStage(dockerfile: ParsedDockerfile, stage: string): string {
  const names = dockerfile.stages.flatMap(({name}) => (name === null ? [] : [name]));
  if (names.length === 0) return 'no stage of it has a name: write `FROM … AS NAME`';
  return didYouMean(stage, names) ?? `its stages are ${names.join(', ')}`;
}

/** The last stage before `limit` of this name. */
function stageNamed(dockerfile: ParsedDockerfile, name: string, limit: number): number | undefined {
  const wanted = name.toLowerCase();
  for (let index = limit - 1; index >= 0; index -= 1) {
    if (dockerfile.stages[index]?.name?.toLowerCase() === wanted) return index;
  }
  return undefined;
}

function hasOwnContext(
  dockerfile: ParsedDockerfile,
  index: number,
  question: StageQuestion,
): boolean {
  const name = dockerfile.stages[index]?.name;
  return name !== null && name !== undefined && question.contexts.has(contextKey(name));
}

function baseOf(
  dockerfile: ParsedDockerfile,
  stage: ParsedStage,
  contexts: ReadonlySet<string>,
  variables: Variables,
): Result<StageBase, Diagnostic> {
  if (stage.name !== null && contexts.has(contextKey(stage.name))) {
    return ok({kind: 'context', name: stage.name});
  }
  const used = new Set<string>();
  const word = expandWord(
    stage.base,
    (name) => {
      used.add(name);
      return variables(name);
    },
    dockerfile.escape,
  );
  const problem = (message: string, suggestion: string): {ok: false; error: Diagnostic} =>
    err({severity: 'error', code: 'invalid-base', message, range: stage.range, suggestion});
  if (!word.ok) return problem(`\`${stage.base}\`: ${word.error}`, 'correct the expression');
  if ([...used].some(isBuildPlatformArg)) return ok({kind: 'image', reference: stage.base});
  if (word.value === '') {
    const unset = [...used].filter((name) => (variables(name) ?? '') === '');
    return problem(
      `\`${stage.base}\` is blank: ${unset.join(', ')} ${unset.length === 1 ? 'has' : 'have'} no value`,
      `set ${unset.map((name) => `\`args.${name}\``).join(', ')} in matrix.yml, or a default at the ARG before FROM`,
    );
  }
  const index = stageNamed(dockerfile, word.value, stage.index);
  if (index !== undefined) return ok({kind: 'stage', index});
  if (word.value.toLowerCase() === 'scratch') return ok({kind: 'scratch'});
  if (contexts.has(contextKey(word.value))) return ok({kind: 'context', name: word.value});
  return ok({kind: 'image', reference: word.value});
}

function previous(base: StageBase | undefined): readonly number[] {
  return base?.kind === 'stage' ? [base.index] : [];
}

/** The stage that a `--from` names by index or name, anywhere in the file. */
function stageReferenced(dockerfile: ParsedDockerfile, name: string): number | undefined {
  if (/^\d+$/u.test(name)) return Number(name);
  return stageNamed(dockerfile, name, dockerfile.stages.length);
}

/** What the stage copies from or mounts, by its own instructions and the ONBUILD ones of its base. */
function referencesIn(
  {stages}: ParsedDockerfile,
  index: number,
  bases: readonly StageBase[],
): readonly StageReference[] {
  const [base] = previous(bases[index]);
  const triggers = base === undefined ? [] : (stages[base]?.triggerReferences ?? []);
  return [...triggers, ...(stages[index]?.references ?? [])];
}

function reach(start: readonly number[], next: (index: number) => readonly number[]): Set<number> {
  const seen = new Set<number>();
  const open = [...start];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    open.push(...next(index));
  }
  return seen;
}

/** Images of all platforms that the needed stages start from, copy from or mount. */
function imagesOf(
  dockerfile: ParsedDockerfile,
  question: StageQuestion,
  graphs: readonly StageGraph[],
): readonly BaseImage[] {
  const found = new Map<string, {range: SourceRange; shippedFor: string[]}>();
  const add = (reference: string, range: SourceRange, shippedFor: string | null): void => {
    // What depends on the machine that builds is left as it is written.
    if (reference.includes('$')) return;
    const image = found.get(reference) ?? {range, shippedFor: []};
    if (shippedFor !== null) image.shippedFor.push(shippedFor);
    found.set(reference, image);
  };
  for (const graph of graphs) {
    for (const stage of dockerfile.stages) {
      const {index} = stage;
      const base = graph.bases[index];
      if (base === undefined || !graph.needed.has(index)) continue;
      if (base.kind === 'image') {
        add(base.reference, stage.range, graph.chain.has(index) ? graph.platform : null);
      }
      if (base.kind === 'context' && hasOwnContext(dockerfile, index, question)) continue;
      for (const {name, range} of referencesIn(dockerfile, index, graph.bases)) {
        const known = stageReferenced(dockerfile, name) !== undefined;
        if (
          !known &&
          name.toLowerCase() !== 'scratch' &&
          !question.contexts.has(contextKey(name))
        ) {
          add(name, range, null);
        }
      }
    }
  }
  return [...found].map(([reference, image]) => ({reference, ...image}));
}
