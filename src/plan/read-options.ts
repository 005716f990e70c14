import valid from 'semver/functions/valid.js';

import type {MatrixFile, Scalar} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {parsePlatform} from '../model/platform.ts';
import type {Problem} from '../model/problem.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {GitFacts} from '../ports/git.ts';
import {checkPrefix} from './registry-prefixes.ts';
import {mirroredHost} from './base-mirrors.ts';
import type {PlaceholderValues} from './placeholders.ts';
import type {PlanOptions} from './plan-options.ts';
import {parseSetOverride, type SettingOverride} from './set-overrides.ts';

/** Options with their texts read. */
export interface ReadOptions {
  /** What placeholders stand for outside of any target. */
  readonly values: PlaceholderValues;
  readonly overrides: readonly SettingOverride[];
  /** Registry host -> prefix. */
  readonly mirrors: ReadonlyMap<string, string>;
  /** In normal form; empty keeps all. */
  readonly platforms: readonly string[];
}

/** Reads the options that can be wrong by themselves; fails with the first that is. */
export function readOptions(
  options: PlanOptions,
  vars: MatrixFile['vars'],
  git: GitFacts | null,
): Result<ReadOptions, Problem> {
  const platforms: string[] = [];
  for (const text of options.platforms) {
    const platform = parsePlatform(text);
    if (!platform.ok) {
      return err({...platform.error, message: `--platform ${text}: ${platform.error.message}`});
    }
    platforms.push(platform.value);
  }
  const mirrors = new Map(
    Object.entries(options.mirrors).map(([host, prefix]) => [mirroredHost(host), prefix]),
  );
  for (const [host, prefix] of mirrors) {
    const problem = checkPrefix(prefix);
    if (problem) {
      return err({...problem, message: `--mirror ${host}=${prefix}: ${problem.message}`});
    }
  }
  const set = readOverrides(options.set, vars);
  if (!set.ok) return set;
  const version = options.version ?? taggedVersion(git) ?? 'dev';
  const values = {version, git, vars: set.value.vars};
  return ok({values, overrides: set.value.overrides, mirrors, platforms});
}

/** The commit's tag without its `v`, when it is a version. */
function taggedVersion(git: GitFacts | null): string | null {
  const tag = git?.tag?.replace(/^v/, '') ?? null;
  return valid(tag) === null ? null : tag;
}

function readOverrides(
  set: readonly string[],
  defined: MatrixFile['vars'],
): Result<
  {readonly vars: ReadonlyMap<string, Scalar>; readonly overrides: readonly SettingOverride[]},
  Problem
> {
  const vars = new Map(Object.entries(defined ?? {}));
  const overrides: SettingOverride[] = [];
  for (const text of set) {
    const override = parseSetOverride(text);
    if (!override.ok) return override;
    if (override.value.kind === 'setting') {
      overrides.push(override.value);
      continue;
    }
    const {name, value} = override.value;
    if (!vars.has(name)) {
      const suggestion = didYouMean(name, vars.keys()) ?? 'define it under `vars` in matrix.yml';
      return err({
        message: `--set ${override.value.text}: no variable is called \`${name}\``,
        suggestion,
      });
    }
    vars.set(name, value);
  }
  return ok({vars, overrides});
}
