import type {MatrixFile} from '../config/matrix-file.ts';
import type {Findings} from './findings.ts';
import {extendedNames, findExtensible, type Extensible} from './inherited-layers.ts';
import {orderTargets} from './order-targets.ts';

/**
 * Reports circles of `extends`, each once, also where no target comes along. What a template extends
 * depends on the image, so that each image has circles of its own.
 */
export function checkExtends(matrix: MatrixFile, findings: Findings): void {
  const templates = extensibles(['templates'], matrix.templates ?? {});
  for (const [image, {targets}] of Object.entries(matrix.images)) {
    const own = extensibles(['images', image, 'targets'], targets);
    if (templates.length > 0 || own.some(({settings}) => settings.extends !== undefined)) {
      reportCircles([...templates, ...own], matrix, image, findings);
    }
  }
}

const extensibles = (
  path: readonly string[],
  specs: Readonly<Record<string, Extensible['settings']>>,
): readonly Extensible[] =>
  Object.entries(specs).map(([name, settings]) => ({path: [...path, name], settings}));

function reportCircles(
  nodes: readonly Extensible[],
  matrix: MatrixFile,
  image: string,
  findings: Findings,
): void {
  const byId = new Map(nodes.map((node) => [idOf(node), node]));
  const graph = nodes.map((node) => ({id: idOf(node), dependsOn: parentsOf(node, matrix, image)}));
  for (const ids of orderTargets(graph).cycles) {
    const last = byId.get(ids.at(-2) ?? '');
    const names = ids.map((id) => byId.get(id)?.path.at(-1));
    const closing = last && extendedNames(last).find(({name}) => name === names.at(-1));
    findings.error('extends-cycle', {
      path: closing?.path ?? null,
      message: `\`extends\` goes round in a circle: ${names.join(' -> ')}`,
      suggestion: 'drop one of these `extends`',
    });
  }
}

const idOf = ({path}: Extensible): string => path.join('\0');

const parentsOf = (node: Extensible, matrix: MatrixFile, image: string): readonly string[] =>
  extendedNames(node).flatMap(({name}) => {
    const parent = findExtensible(matrix, image, name);
    return parent === undefined ? [] : [idOf(parent)];
  });
