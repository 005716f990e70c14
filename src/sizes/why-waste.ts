import {kindOfFile, kindOfFolder, notWaste, wasteKinds} from './waste-kinds.ts';
import {gatheringAt, type GatheredFinding, type Gathering} from './why-gathering.ts';
import {copiesRemedy, wasteRemedy} from './why-remedies.ts';
import type {Finding, Place} from './why-report.ts';
import {rootNode, type FileTree} from './why-tree.ts';

/** Smaller libraries are not worth a word. */
const smallestLibrary = 64 * 1024;
const sharedLibrary = /^lib.+\.so(?:\.[\w.]+)?$/;

/**
 * Waste among the files that are seen in the image, and libraries that are there more than once.
 * `placeOf` tells which instruction made a layer; layers with the same one become one finding.
 */
export function findWaste(
  tree: FileTree,
  placeOf: (layer: number) => Place,
): readonly GatheredFinding[] {
  const known = new Map<string, {gathering: Gathering; kind: number; place: Place}>();
  const placeNumbers = new Map<Place, number>();
  const libraries = new Map<string, number[]>();
  const numberOf = (place: Place): number => {
    const number = placeNumbers.get(place) ?? placeNumbers.size;
    placeNumbers.set(place, number);
    return number;
  };

  const kinds = new Int8Array(tree.size).fill(notWaste);
  /** For a folder of a kind, the uppermost such folder around it. */
  const tops = new Map<number, number>();
  const paths = new Map<number, string>([[rootNode, '']]);
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parentOf(node);
    const around = kinds[parent] ?? notWaste;
    if (tree.isDirectory(node)) {
      const above = paths.get(parent) ?? '';
      const path = above === '' ? tree.nameOf(node) : `${above}/${tree.nameOf(node)}`;
      paths.set(node, path);
      const kind = kindOfFolder(path, around);
      kinds[node] = kind;
      if (kind !== notWaste)
        tops.set(node, (kind === around ? tops.get(parent) : undefined) ?? node);
      continue;
    }
    const layer = tree.makerOf(node);
    const bytes = tree.bytesOf(node);
    if (tree.layerOf(node) < 0 || bytes === 0) continue;
    const name = tree.nameOf(node);
    const kind = kindOfFile(name, bytes, around);
    if (kind === notWaste) {
      if (bytes < smallestLibrary || !sharedLibrary.test(name)) continue;
      const key = `${bytes} ${name}`;
      const copies = libraries.get(key);
      if (copies === undefined) libraries.set(key, [node]);
      else copies.push(node);
      continue;
    }
    const place = placeOf(layer);
    const key = `${kind} ${numberOf(place)}`;
    const found = known.get(key) ?? {gathering: gatheringAt(tree, place), kind, place};
    known.set(key, found);
    const isWhole = kind === around && wasteKinds[kind]?.isGeneral !== true;
    found.gathering.add(node, bytes, isWhole ? (tops.get(parent) ?? node) : node);
  }

  return [
    ...[...known.values()].flatMap(
      ({gathering, kind: index, place}): readonly GatheredFinding[] => {
        const kind = wasteKinds[index];
        if (kind === undefined) return [];
        const {name, what} = kind;
        const remedy = wasteRemedy(kind, place);
        return [{finding: {kind: name, what, ...gathering.facts(), place, remedy}, gathering}];
      },
    ),
    ...copiedLibraries(tree, libraries, placeOf),
  ];
}

/**
 * Files of one name and size in several folders, gathered by these folders: the versions of one
 * library mostly come together. Links have no bytes, and are no copies.
 */
function copiedLibraries(
  tree: FileTree,
  libraries: ReadonlyMap<string, readonly number[]>,
  placeOf: (layer: number) => Place,
): readonly GatheredFinding[] {
  const groups = new Map<string, {gathering: Gathering; copies: readonly number[]; place: Place}>();
  for (const copies of libraries.values()) {
    if (copies.length < 2) continue;
    // What came last is what can be left out.
    const byLayer = copies.toSorted((a, b) => tree.makerOf(b) - tree.makerOf(a) || b - a);
    const [last = rootNode] = byLayer;
    const place = placeOf(tree.makerOf(last));
    const key = [...byLayer.map((node) => tree.parentOf(node)), tree.makerOf(last)].join(' ');
    const group = groups.get(key) ?? {gathering: gatheringAt(tree, place), copies: byLayer, place};
    groups.set(key, group);
    for (const node of byLayer.slice(0, -1)) group.gathering.add(node, tree.bytesOf(node), node);
  }
  return [...groups.values()].map(({gathering, copies, place}) => {
    const facts = gathering.facts();
    const name = tree.nameOf(copies[0] ?? rootNode);
    const isOne = facts.files === copies.length - 1;
    const finding: Finding = {
      kind: 'copied-library',
      what: `${isOne ? `further copies of ${name}` : 'further copies of libraries'} (same name and size)`,
      ...facts,
      place,
      others: [tree.pathOf(tree.parentOf(copies.at(-1) ?? rootNode))],
      remedy: copiesRemedy(name, place),
    };
    return {finding, gathering};
  });
}
