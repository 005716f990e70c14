import type {LayerEntry} from '../layers/read-layer.ts';
import {gatheringAt, type GatheredFinding, type Gathering} from './why-gathering.ts';
import {createLargest, type Largest} from './why-largest.ts';
import type {LayerOrigin} from './why-origins.ts';
import {hiddenRemedy} from './why-remedies.ts';
import type {Finding, Place, SizedPath, StageContents} from './why-report.ts';
import {createFileTree, rootNode, type FileTree, type Hiding} from './why-tree.ts';
import {findWaste} from './why-waste.ts';

/** What was found in the layers of one image. */
export interface Analysis {
  readonly bytes: number;
  readonly files: number;
  readonly hiddenBytes: number;
  readonly stages: readonly StageContents[];
  readonly findings: readonly Finding[];
  /** Files of a finding that an instruction copied from elsewhere, as in their layer; none of others. */
  readonly pathsOf: (finding: Finding) => readonly string[];
}

/** Takes the entries of an image's layers, one by one, and tells at the end what is in them. */
export interface Analyser {
  /** An entry of the layer with this index; layers come from the base up. */
  add(layer: number, entry: LayerEntry): void;
  /** To be called once. */
  finish(): Analysis;
}

/** Findings with fewer bytes are not worth a line. */
export const leastFinding = 64 * 1024;
/** A folder of which one subfolder holds so much says nothing that the subfolder does not. */
const nearlyAll = 0.8;

interface Stage {
  readonly origin: LayerOrigin;
  bytes: number;
  files: number;
  /** Bytes of the files directly in a folder, by its node. */
  readonly folders: Map<number, number>;
  readonly largest: Largest<number>;
}

interface Hidden {
  readonly place: Place;
  readonly hiddenBy: Place;
  readonly how: Hiding;
  readonly gathering: Gathering;
  bytes: number;
  /** Of `bytes`, those of files that were replaced by files of the same size. */
  sameSize: number;
}

/** Prepares the analysis of an image with these layers; `top` folders and files are named by stage. */
export function createAnalyser(origins: readonly LayerOrigin[], top: number): Analyser {
  const stages: Stage[] = [];
  const stageOfLayer = origins.map((origin) => {
    const known = stages.find(
      (stage) =>
        stage.origin.place.origin === origin.place.origin &&
        stage.origin.place.stage === origin.place.stage,
    );
    if (known !== undefined) return known;
    const stage = {
      ...{origin, bytes: 0, files: 0},
      ...{folders: new Map<number, number>(), largest: createLargest<number>(top)},
    };
    stages.push(stage);
    return stage;
  });
  const placeOf = (layer: number): Place => origins[layer]?.place ?? nowhere;

  const hidden = new Map<string, Hidden>();
  /** Of the entry that is being added: the size by which its own earlier version is replaced. */
  let replacing = -1;
  const places = [...new Set(origins.map(({place}) => place))];
  const placeNumber = origins.map(({place}) => places.indexOf(place));
  const tree = createFileTree((node, bytes, madeBy, hiddenBy, how) => {
    const key = `${placeNumber[madeBy] ?? 0} ${placeNumber[hiddenBy] ?? 0} ${how}`;
    let group = hidden.get(key);
    if (group === undefined) {
      const [place, hider] = [placeOf(madeBy), placeOf(hiddenBy)];
      const gathering = gatheringAt(tree, place);
      group = {place, hiddenBy: hider, how, gathering, bytes: 0, sameSize: 0};
      hidden.set(key, group);
    }
    group.gathering.add(node, bytes, node);
    group.bytes += bytes;
    if (bytes === replacing) group.sameSize += bytes;
  });

  return {
    add(layer, entry) {
      const {kind, path} = entry;
      switch (kind) {
        case 'directory':
          tree.addDirectory(path, layer);
          return;
        case 'whiteout':
          tree.delete(path, layer);
          return;
        case 'opaque':
          tree.empty(path, layer);
          return;
        case 'file':
        case 'symlink':
        case 'hardlink':
        case 'other': {
          const bytes = kind === 'file' ? entry.bytes : 0;
          replacing = kind === 'file' ? bytes : -1;
          const node = tree.addLeaf(path, bytes, layer);
          replacing = -1;
          const stage = stageOfLayer[layer];
          if (kind !== 'file' || stage === undefined) return;
          stage.files += 1;
          if (bytes === 0) return;
          stage.bytes += bytes;
          const folder = tree.parentOf(node);
          stage.folders.set(folder, (stage.folders.get(folder) ?? 0) + bytes);
          stage.largest.add(bytes, () => node);
        }
      }
    },
    finish() {
      const groups = [...hidden.values()];
      const found = [...groups.map(hiddenFinding), ...findWaste(tree, placeOf)]
        .filter(({finding}) => finding.bytes >= leastFinding)
        .sort((a, b) => b.finding.bytes - a.finding.bytes);
      const gatherings = new Map(found.map(({finding, gathering}) => [finding, gathering]));
      return {
        bytes: stages.reduce((sum, {bytes}) => sum + bytes, 0),
        files: stages.reduce((sum, {files}) => sum + files, 0),
        hiddenBytes: groups.reduce((sum, {bytes}) => sum + bytes, 0),
        stages: stages.map((stage) => stageContents(stage, tree, top)),
        findings: found.map(({finding}) => finding),
        pathsOf: (finding) =>
          gatherings
            .get(finding)
            ?.nodes()
            .map((node) => tree.pathOf(node).slice(1)) ?? [],
      };
    },
  };
}

const nowhere: Place = {origin: 'unknown', stage: null, line: null, instruction: null};

function hiddenFinding(group: Hidden): GatheredFinding {
  const {place, hiddenBy, how, gathering, bytes, sameSize} = group;
  const finding: Finding = {
    kind: how === 'deleted' ? 'deleted-later' : 'overwritten-later',
    what: how === 'deleted' ? 'deleted by a later layer' : 'overwritten by a later layer',
    ...gathering.facts(),
    place,
    hiddenBy,
    remedy: hiddenRemedy(how, sameSize > bytes * nearlyAll, place, hiddenBy),
  };
  return {finding, gathering};
}

function stageContents(stage: Stage, tree: FileTree, top: number): StageContents {
  const {origin, bytes, files, folders, largest} = stage;
  return {
    origin: origin.place.origin,
    stage: origin.place.stage,
    from: origin.from,
    bytes,
    files,
    directories: largestFolders(tree, folders, top),
    largestFiles: largest.list().map((each) => ({path: tree.pathOf(each.item), bytes: each.bytes})),
  };
}

function largestFolders(
  tree: FileTree,
  own: ReadonlyMap<number, number>,
  top: number,
): readonly SizedPath[] {
  const totals = new Float64Array(tree.size);
  const largestChild = new Float64Array(tree.size);
  for (const [folder, bytes] of own) totals[folder] = bytes;
  // Parents have smaller numbers than their children: from the end, every folder is complete.
  for (let node = tree.size - 1; node > rootNode; node -= 1) {
    const bytes = totals[node] ?? 0;
    if (bytes === 0) continue;
    const parent = tree.parentOf(node);
    totals[parent] = (totals[parent] ?? 0) + bytes;
    largestChild[parent] = Math.max(largestChild[parent] ?? 0, bytes);
  }
  const largest = createLargest<number>(top);
  for (let node = 1; node < tree.size; node += 1) {
    const bytes = totals[node] ?? 0;
    if (bytes === 0 || (largestChild[node] ?? 0) > bytes * nearlyAll) continue;
    largest.add(bytes, () => node);
  }
  return largest.list().map((each) => ({path: tree.pathOf(each.item), bytes: each.bytes}));
}
