import type {MatrixFile} from '../config/matrix-file.ts';
import type {Problem} from '../model/problem.ts';
import {ok, type Result} from '../model/result.ts';
import type {Files} from '../ports/files.ts';
import {expandMirrors, type Mirrors} from './base-mirrors.ts';
import {checkAccelerator, checkSecretArgs} from './check-accelerator.ts';
import {withoutConsequences} from './consequences.ts';
import {checkOptions} from './check-options.ts';
import type {Findings, Locate} from './findings.ts';
import {imageTags, type ImageTags} from './image-tags.ts';
import {linkedTargets, type TargetLink} from './linked-targets.ts';
import {folderOf} from './paths.ts';
import type {PlanOptions} from './plan-options.ts';
import {readSources} from './read-dockerfiles.ts';
import type {ReadOptions} from './read-options.ts';
import {chosenPrefixes, registryPrefixes} from './registry-prefixes.ts';
import {resolveIndexes, type ResolvedIndex} from './resolve-indexes.ts';
import {resolveTargets} from './resolve-targets.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import {createSelection, type Selection} from './select-targets.ts';
import type {SettingOverride} from './set-overrides.ts';
import {namedFolders, targetStages, type TargetStages} from './target-stages.ts';

/** The whole file with every target resolved, before anyone chooses among them. */
export interface ResolvedMatrix {
  readonly selection: Selection<ResolvedTarget>;
  readonly links: ReadonlyMap<string, readonly TargetLink[]>;
  /** By the id of the target. */
  readonly tags: ReadonlyMap<string, ImageTags>;
  readonly stages: ReadonlyMap<string, TargetStages>;
  readonly indexes: readonly ResolvedIndex[];
  readonly mirrors: Mirrors;
  /** Overrides whose pattern matches no target. */
  readonly unmatched: readonly SettingOverride[];
}

export interface MatrixInput {
  readonly matrix: MatrixFile;
  readonly locate: Locate;
  readonly files: Files;
  readonly options: PlanOptions;
}

/**
 * Resolves and checks the whole file; its problems go to `findings`. Fails for registries on the
 * command line that do not exist.
 */
export async function resolveMatrix(
  {matrix, files, options}: MatrixInput,
  {values, overrides, mirrors}: ReadOptions,
  findings: Findings,
): Promise<Result<ResolvedMatrix, Problem>> {
  const root = folderOf(options.matrixFile);
  const defined = registryPrefixes(matrix.registries, values, findings);
  const instead = chosenPrefixes(options.registries, defined);
  if (!instead.ok) return instead;

  const {targets, unmatched, doubtful, complete} = resolveTargets(
    matrix,
    {...values, overrides},
    findings,
  );
  if (targets.length === 0 && !findings.hasErrors()) {
    findings.error('no-target', {
      path: ['images'],
      message: 'there is no target, so that nothing would be built',
      suggestion: 'name one: `images: {face-service: {targets: {cpu: {}}}}`',
    });
  }
  const registries = {defined, instead: instead.value.length === 0 ? null : instead.value};
  const tags = imageTags(matrix, targets, registries, values, findings);
  const isSure = complete && doubtful.size === 0;
  const between = isSure ? findings : withoutConsequences(findings);
  const links = linkedTargets(targets, between);
  const selection = createSelection(targets, targets.length === 0 ? {} : matrix.groups, between);
  const known = targets.filter(({id}) => !doubtful.has(id));
  const sources = await readSources(known, root, namedFolders(known, root), files);
  const stages = await targetStages(known, root, sources, files, findings);

  for (const target of known) {
    checkAccelerator(target, stages.get(target.id)?.images ?? [], findings);
  }
  for (const target of targets) {
    checkSecretArgs(target, findings);
    checkOptions(target, findings);
  }
  const indexes = resolveIndexes(matrix, targets, tags, values, between);

  return ok({
    ...{selection, links, unmatched, indexes},
    tags: new Map(
      targets.flatMap(({id}, index) => {
        const own = tags[index];
        return own === undefined ? [] : [[id, own] as const];
      }),
    ),
    stages,
    mirrors: expandMirrors(matrix.mirrors, mirrors, values, findings),
  });
}
