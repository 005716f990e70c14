import {createLargest} from './why-largest.ts';
import {copiedFrom} from './why-copies.ts';
import type {Finding, Place, SizedPath} from './why-report.ts';
import {rootNode, type FileTree} from './why-tree.ts';

/** How many parts a finding names. */
const namedParts = 3;

/** Files that are one finding. */
export interface Gathering {
  /** `part` is the node that is named when it is among the largest: the file, or a folder around it. */
  add(node: number, bytes: number, part: number): void;
  /** All files, where they are kept. */
  nodes(): readonly number[];
  facts(): {
    readonly bytes: number;
    readonly files: number;
    readonly path: string;
    readonly largest: readonly SizedPath[];
  };
}

/** A finding with its files. */
export interface GatheredFinding {
  readonly finding: Finding;
  readonly gathering: Gathering;
}

/** Of files that an instruction made: those that it copied from elsewhere are all known. */
export function gatheringAt(tree: FileTree, {instruction}: Place): Gathering {
  return createGathering(tree, copiedFrom(instruction) !== undefined);
}

/** @param keepsNodes whether every file is to be known, which takes memory */
function createGathering(tree: FileTree, keepsNodes: boolean): Gathering {
  const nodes: number[] = [];
  let bytes = 0;
  let files = 0;
  let common: number | undefined;
  const largestFiles = createLargest<number>(namedParts);
  const folders = new Map<number, number>();
  return {
    add(node, size, part) {
      bytes += size;
      files += 1;
      if (keepsNodes) nodes.push(node);
      common = common === undefined ? part : tree.commonOf(common, part);
      // Folders are few; of half a million files only the largest are kept.
      if (part === node) largestFiles.add(size, () => node);
      else folders.set(part, (folders.get(part) ?? 0) + size);
    },
    nodes: () => nodes,
    facts() {
      const largest = createLargest<number>(namedParts);
      for (const each of largestFiles.list()) largest.add(each.bytes, () => each.item);
      for (const [folder, size] of folders) largest.add(size, () => folder);
      return {
        bytes,
        files,
        path: tree.pathOf(common ?? rootNode),
        largest: largest.list().map((each) => ({path: tree.pathOf(each.item), bytes: each.bytes})),
      };
    },
  };
}
