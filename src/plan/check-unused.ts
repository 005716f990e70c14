import type {MatrixFile, Scalar, TemplateSpec} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Findings} from './findings.ts';
import {extendedNames} from './inherited-layers.ts';
import {mergeSettings} from './merge-settings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import {settleTarget} from './settle-target.ts';

/**
 * Checks what resolving targets never reads, so that a mistake in it does not wait for the day on
 * which it is used: templates that no target extends, and the values of variables that nothing names.
 * Only what would be wrong wherever it is used is reported.
 */
export function checkUnused(
  matrix: MatrixFile,
  usedTemplates: ReadonlySet<string>,
  vars: PlaceholderValues['vars'],
  findings: Findings,
): void {
  const {templates = {}, vars: defined = {}, ...others} = matrix;
  for (const [name, template] of Object.entries(templates)) {
    if (usedTemplates.has(name)) continue;
    checkParents(name, template, matrix, findings);
    const path = ['templates', name];
    settleTarget(
      {image: 'x', name: 'x', key: 'x', path, accelerator: 'cpu', cell: new Map()},
      mergeSettings([{path, settings: template}]),
      {...anyTarget, vars},
      {
        ...findings,
        error: (code, details) => {
          if (alwaysWrong.has(code)) findings.error(code, details);
        },
        problem: () => undefined,
      },
    );
  }
  const unusual = Object.entries(defined).filter(([, value]) => /[{}]/.test(String(value)));
  if (unusual.length === 0) return;
  const texts = JSON.stringify([templates, others]);
  const named = new Set([...texts.matchAll(/\{ *vars\.([^{}]*?) *\}/g)].map(([, name]) => name));
  for (const [name, value] of unusual) {
    if (named.has(name)) continue;
    const expanded = expandPlaceholders(String(value), anyTarget, 'text');
    if (!expanded.ok) {
      findings.error(expanded.error.code, {path: ['vars', name], ...expanded.error});
    }
  }
}

/** What no value of an axis mends. */
const alwaysWrong: ReadonlySet<string> = new Set([
  'unknown-placeholder',
  'stray-brace',
  'invalid-secret',
  'url-credentials',
]);

/** Every placeholder that has a value for some target; axes may be those of a target to come. */
const anyTarget: PlaceholderValues = {
  version: 'x',
  git: {commit: 'x', branch: 'x', tag: 'x', dirty: false, committedAt: 'x', remote: null},
  vars: new Map(),
  image: 'x',
  key: 'x',
  target: 'x',
  accelerator: 'cpu',
  matrix: Object.assign(new Map<string, Scalar>(), {get: () => 'x'}),
};

function checkParents(
  name: string,
  settings: TemplateSpec,
  {templates = {}, images}: MatrixFile,
  findings: Findings,
): void {
  const maps = [templates, ...Object.values(images).map(({targets}) => targets)];
  const known = new Set(maps.flatMap((map) => Object.keys(map)));
  for (const parent of extendedNames({path: ['templates', name], settings})) {
    if (known.has(parent.name)) continue;
    findings.error('unknown-template', {
      path: parent.path,
      message: `\`${parent.name}\` is neither a template nor a target`,
      suggestion: didYouMean(parent.name, known) ?? 'define it under `templates`',
    });
  }
}
