import type {InvalidUsage} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {Environment} from '../options.ts';

/** What action.yml was given, as command lines. */
export interface ActionInputs {
  /** After `build-matrix`. */
  readonly build: readonly string[];
  /** After `build-matrix report`. */
  readonly report: readonly string[];
  /** The matrix file, if one is named. */
  readonly file: string | undefined;
  readonly token: string;
  readonly annotations: boolean;
}

/**
 * Reads the variables `INPUT_…` that action.yml sets, named as actions/toolkit does. Lists are separated
 * by line breaks, and by commas and blanks where no item can hold them; empty is the same as not given.
 */
export function actionInputs(environment: Environment): Result<ActionInputs, InvalidUsage> {
  const problems: string[] = [];
  const text = (name: string): string =>
    (environment[`INPUT_${name.replaceAll('-', '_').toUpperCase()}`] ?? '').trim();
  const words = (name: string): readonly string[] =>
    text(name)
      .split(/[\s,]+/)
      .filter((word) => word !== '');
  const lines = (name: string): readonly string[] =>
    text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const yes = (name: string, usual = false): boolean => {
    const value = text(name).toLowerCase();
    if (value !== '' && value !== 'true' && value !== 'false') {
      problems.push(`\`${name}: ${text(name)}\` is neither \`true\` nor \`false\``);
    }
    return value === '' ? usual : value === 'true';
  };
  /** `--name=value`, so that no value is taken for an option. */
  const option = (name: string, values: readonly string[]): readonly string[] =>
    values.filter((value) => value !== '').map((value) => `--${name}=${value}`);
  const flag = (name: string): readonly string[] => (yes(name) ? [`--${name}`] : []);

  const file = [text('file'), ...lines('files')].filter((name) => name !== '');
  if (file.length > 1) problems.push('`file` and `files` name more than one matrix file');
  const build = [
    'build',
    '--json',
    '--progress=plain',
    ...option('file', file),
    ...option('platform', words('platforms')),
    ...option('set', lines('set')),
    ...option('set', prefixed('*.provenance=', text('provenance'))),
    ...option('set', prefixed('*.sbom=', text('sbom'))),
    ...option('image-version', [text('image-version')]),
    ...option('registry', words('registries')),
    ...option('mirror', words('mirrors')),
    ...option('builder', [text('builder')]),
    ...option('output', [text('output')]),
    ...option('concurrency', [text('concurrency')]),
    ...option('shard', words('shard')),
    ...option('against', [text('against')]),
    ...['push', 'load', 'no-cache', 'pull', 'fail-fast', 'warn-only', 'verbose'].flatMap(flag),
    '--',
    ...words('targets'),
  ];
  const report = [
    ...option('file', file),
    ...option('against', [text('against')]),
    ...(yes('summary', true) ? ['--summary'] : []),
    ...flag('comment'),
  ];
  const annotations = yes('annotations', true);
  const [message] = problems;
  if (message !== undefined) {
    const remedy = 'see the inputs in action.yml';
    return err({reason: 'invalid-usage', message, remedy});
  }
  return ok({
    build,
    report,
    file: file[0],
    token: text('github-token'),
    annotations,
  });
}

function prefixed(prefix: string, value: string): readonly string[] {
  return value === '' ? [] : [prefix + value];
}
