import type {MatrixFile, Scalar, TargetSpec} from '../config/matrix-file.ts';
import type {GitFacts} from '../ports/git.ts';
import {checkExtends} from './check-extends.ts';
import {checkUnused} from './check-unused.ts';
import {isDeciding, watchErrors} from './consequences.ts';
import {combinationLimit, expandMatrix, type Combination} from './expand-matrix.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {inheritedLayers, type Layer} from './inherited-layers.ts';
import {mergeSettings, type MergedSettings} from './merge-settings.ts';
import {nameMatcher} from './name-matcher.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import {overrideSettings, type SettingOverride} from './set-overrides.ts';
import {settleTarget} from './settle-target.ts';
import {defaultName, targetName} from './target-names.ts';

/** What every target's values depend on besides the file. */
export interface ResolveFacts {
  readonly version: string;
  readonly git: GitFacts | null;
  readonly vars: ReadonlyMap<string, Scalar>;
  readonly overrides: readonly SettingOverride[];
}

export interface ResolvedTargets {
  /** In the order of the file, the combinations of a matrix one after the other. */
  readonly targets: readonly ResolvedTarget[];
  /** Overrides whose pattern matches no target. */
  readonly unmatched: readonly SettingOverride[];
  /** Ids of targets of which it is not known what they build. */
  readonly doubtful: ReadonlySet<string>;
  /** False when targets are missing whose names or combinations are wrong. */
  readonly complete: boolean;
}

interface Override {
  readonly override: SettingOverride;
  readonly matches: ReturnType<typeof nameMatcher>;
  used: boolean;
}

/** Expands every target of the file; problems go to `findings`. */
export function resolveTargets(
  matrix: MatrixFile,
  facts: ResolveFacts,
  findings: Findings,
): ResolvedTargets {
  const overrides = facts.overrides.map((override) => ({
    override,
    matches: nameMatcher(override.pattern),
    used: false,
  }));
  checkExtends(matrix, findings);
  const usedTemplates = new Set<string>();
  const targets: ResolvedTarget[] = [];
  const doubtful = new Set<string>();
  let complete = true;
  for (const [image, {targets: specs}] of Object.entries(matrix.images)) {
    const names = new Map<string, MatrixPath>();
    for (const [key, spec] of Object.entries(specs)) {
      const path = ['images', image, 'targets', key];
      const inherited = watchErrors(findings);
      const layers = inheritedLayers(matrix, image, key, inherited.findings);
      for (const name of layers.flatMap(templateName)) usedTemplates.add(name);
      const expanded = watchErrors(findings);
      const cells = expandMatrix(spec.matrix, [...path, 'matrix'], expanded.findings);
      if (expanded.seen()) complete = false;
      if (targets.length + cells.length > combinationLimit) {
        const message = `the file makes more than ${combinationLimit.toLocaleString('en-US')} targets`;
        const suggestion = 'split it into several files';
        findings.error('matrix-too-large', {path, message, suggestion});
        return {targets: [], unmatched: [], doubtful, complete: false};
      }
      const source = {image, key, spec, path, layers, merged: mergeSettings(layers)};
      for (const cell of cells) {
        const settled = watchErrors(findings, isDeciding);
        const target = resolveCell(source, cell, facts, overrides, names, settled.findings);
        if (target === undefined) {
          complete = false;
          continue;
        }
        targets.push(target);
        if (inherited.seen() || settled.seen()) doubtful.add(target.id);
      }
    }
  }
  checkUnused(matrix, usedTemplates, facts.vars, findings);
  const unmatched = overrides.filter(({used}) => !used).map(({override}) => override);
  return {targets, unmatched, doubtful, complete};
}

const templateName = ({path}: Layer): readonly string[] =>
  path?.[0] === 'templates' ? [String(path[1])] : [];

/** One key under `targets`, before its matrix is expanded. */
interface TargetSource {
  readonly image: string;
  readonly key: string;
  readonly spec: TargetSpec;
  readonly path: MatrixPath;
  readonly layers: readonly Layer[];
  readonly merged: MergedSettings;
}

function resolveCell(
  source: TargetSource,
  cell: Combination,
  facts: ResolveFacts,
  overrides: readonly Override[],
  names: Map<string, MatrixPath>,
  findings: Findings,
): ResolvedTarget | undefined {
  const {image, key, path} = source;
  const values = {...facts, image, key, matrix: cell};
  const name = nameOf(source, cell, values, findings);
  if (name === undefined || !claimName(names, name, source, findings)) return undefined;

  const matching = overrides.filter(({matches}) => matches({image, name, key}));
  for (const one of matching) one.used = true;
  const settings = withOverrides(source, matching);
  const accelerator = settings.plain.accelerator?.value ?? 'cpu';
  return settleTarget(
    {image, name, key, path, accelerator, cell},
    settings,
    {...values, target: name, accelerator},
    findings,
  );
}

function nameOf(
  source: TargetSource,
  cell: Combination,
  values: PlaceholderValues,
  findings: Findings,
): string | undefined {
  const template = source.spec.name;
  const path = template === undefined ? source.path : [...source.path, 'name'];
  const accelerator = source.merged.plain.accelerator?.value ?? 'cpu';
  const expanded = expandPlaceholders(template ?? '', {...values, accelerator}, 'text');
  if (!expanded.ok) {
    findings.error(expanded.error.code, {path, ...expanded.error});
    return undefined;
  }
  const name = template === undefined ? defaultName(source.key, cell) : expanded.value;
  if (targetName.test(name)) return name;
  const message = `\`${name}\` cannot be the name of a target`;
  const suggestion = `a name has at most 100 letters, digits, \`_\`, \`.\` and \`-\`${template === undefined ? ': give it one with `name`' : ''}`;
  findings.error('invalid-name', {path, message, suggestion});
  return undefined;
}

function claimName(
  names: Map<string, MatrixPath>,
  name: string,
  source: TargetSource,
  findings: Findings,
): boolean {
  const first = names.get(name);
  if (first === undefined) {
    names.set(name, source.path);
    return true;
  }
  const {key, spec, path, image} = source;
  const same = first === path;
  findings.error('ambiguous-name', {
    path: spec.name === undefined ? path : [...path, 'name'],
    message: same
      ? `several combinations of \`${key}\` are called \`${name}\``
      : `two targets of image \`${image}\` are called \`${name}\``,
    suggestion: nameSuggestion(source),
    related: same ? undefined : {message: 'the first one is this', path: first},
  });
  return false;
}

/** Values that can be part of a name are in the default name already: others have to be found. */
function nameSuggestion({key, spec}: TargetSource): string {
  const {include = [], ...axes} = spec.matrix ?? {};
  const axisNames = Object.keys(axes).filter((name) => name !== 'exclude');
  const names = new Set([...axisNames, ...include.flatMap((entry) => Object.keys(entry))]);
  if (names.size === 0) return 'rename one of them';
  if (spec.name !== undefined) {
    return `let the name tell them apart: ${[...names].map((name) => `{matrix.${name}}`).join(' ')}`;
  }
  return `give each combination a short value of its own, say \`id\`, and write \`name: "${key}-{matrix.id}"\``;
}

function withOverrides(source: TargetSource, matching: readonly Override[]): MergedSettings {
  if (matching.length === 0) return source.merged;
  const settings = overrideSettings(
    matching.map(({override}) => override),
    (key) => source.merged.plain[key]?.value ?? [],
  );
  return mergeSettings([...source.layers, {path: null, settings}]);
}
