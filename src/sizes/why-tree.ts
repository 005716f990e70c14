import {createNameTable} from './why-names.ts';

/** What hides a file of an earlier layer. */
export type Hiding = 'deleted' | 'overwritten';

/**
 * Every path of an image, once. A node is a number; parents have smaller numbers than what is in
 * them. Half a million files take some 40 MB, all of it in columns of numbers and bytes.
 */
export interface FileTree {
  /** Number of nodes; 0 is the root. */
  readonly size: number;
  /** A folder was in a layer. */
  addDirectory(path: string, layer: number): void;
  /** Anything that is no folder was in a layer; `bytes` is its content. */
  addLeaf(path: string, bytes: number, layer: number): number;
  /** A layer deletes a path of earlier layers, with all that is below it. */
  delete(path: string, layer: number): void;
  /** A layer hides what earlier layers have in a folder. */
  empty(path: string, layer: number): void;
  parentOf(node: number): number;
  nameOf(node: number): string;
  isDirectory(node: number): boolean;
  /** The layer that made what is seen at this node; -1 when nothing is, or it is a folder. */
  layerOf(node: number): number;
  /** The layer that brought it: an earlier one, where later ones store it again in the same size. */
  makerOf(node: number): number;
  bytesOf(node: number): number;
  /** Absolute path. */
  pathOf(node: number): string;
  /** The nearest folder (or the node itself) that holds both. */
  commonOf(a: number, b: number): number;
}

export const rootNode = 0;
/** No layer, no node. */
const none = -1;

/** `onHidden` is told of every file with content that a later layer hides. */
export function createFileTree(
  onHidden: (node: number, bytes: number, madeBy: number, hiddenBy: number, how: Hiding) => void,
): FileTree {
  const names = createNameTable();
  let capacity = 1024;
  let layers = new Int16Array(capacity);
  let makers = new Int16Array(capacity);
  let sizes = new Float64Array(capacity);
  let isFolder = new Uint8Array(capacity);
  let firstChild = new Int32Array(capacity);
  let nextSibling = new Int32Array(capacity);
  /** The folder of the entry before: most entries are in the same. */
  let last = {path: '', node: rootNode};

  const grow = (): void => {
    capacity *= 2;
    layers = grown(layers, new Int16Array(capacity));
    makers = grown(makers, new Int16Array(capacity));
    sizes = grown(sizes, new Float64Array(capacity));
    isFolder = grown(isFolder, new Uint8Array(capacity));
    firstChild = grown(firstChild, new Int32Array(capacity));
    nextSibling = grown(nextSibling, new Int32Array(capacity));
  };
  const addNode = (folder: number, name: string): number => {
    if (names.size === capacity) grow();
    const node = names.add(folder, name);
    layers[node] = none;
    firstChild[node] = none;
    nextSibling[node] = node === rootNode ? none : (firstChild[folder] ?? none);
    if (node !== rootNode) firstChild[folder] = node;
    return node;
  };
  const hideLeaf = (node: number, layer: number, how: Hiding): void => {
    const made = layers[node] ?? none;
    if (made === none) return;
    const bytes = sizes[node] ?? 0;
    layers[node] = none;
    sizes[node] = 0;
    if (bytes > 0) onHidden(node, bytes, made, layer, how);
  };
  /** Files of earlier layers at and below the node. */
  const hideEarlier = (start: number, layer: number, how: Hiding): void => {
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if ((layers[node] ?? none) < layer) hideLeaf(node, layer, how);
      for (let child = firstChild[node] ?? none; child !== none;) {
        open.push(child);
        child = nextSibling[child] ?? none;
      }
    }
  };
  const find = (path: string): number | undefined => {
    let node: number | undefined = rootNode;
    for (const name of partsOf(path)) {
      node = names.find(node, name);
      if (node === undefined) return undefined;
    }
    return node;
  };
  const folderAt = (path: string, layer: number): number => {
    if (path === last.path) return last.node;
    let node = rootNode;
    for (const name of partsOf(path)) {
      node = names.find(node, name) ?? addNode(node, name);
      // What was a file is a folder from now on.
      hideLeaf(node, layer, 'overwritten');
      isFolder[node] = 1;
    }
    last = {path, node};
    return node;
  };
  const parentOf = (node: number): number => names.folderOf(node);
  const depthOf = (node: number): number => {
    let depth = 0;
    for (let at = node; at !== rootNode; at = parentOf(at)) depth += 1;
    return depth;
  };

  addNode(rootNode, '');
  isFolder[rootNode] = 1;
  return {
    get size() {
      return names.size;
    },
    addDirectory(path, layer) {
      folderAt(path, layer);
    },
    addLeaf(path, bytes, layer) {
      const slash = path.lastIndexOf('/');
      const folder = folderAt(slash < 0 ? '' : path.slice(0, slash), layer);
      const name = path.slice(slash + 1);
      const node = names.find(folder, name) ?? addNode(folder, name);
      if (isFolder[node] === 1) {
        hideEarlier(node, layer, 'overwritten');
        isFolder[node] = 0;
        last = {path: '', node: rootNode};
      }
      const isSame = layers[node] !== none && sizes[node] === bytes;
      if (!isSame) makers[node] = layer;
      hideLeaf(node, layer, 'overwritten');
      layers[node] = layer;
      sizes[node] = bytes;
      return node;
    },
    delete(path, layer) {
      const node = find(path);
      if (node !== undefined) hideEarlier(node, layer, 'deleted');
    },
    empty(path, layer) {
      const node = find(path);
      if (node !== undefined) hideEarlier(node, layer, 'deleted');
    },
    parentOf,
    nameOf: (node) => names.nameOf(node),
    isDirectory: (node) => isFolder[node] === 1,
    layerOf: (node) => layers[node] ?? none,
    makerOf: (node) => makers[node] ?? none,
    bytesOf: (node) => sizes[node] ?? 0,
    pathOf(node) {
      const parts: string[] = [];
      for (let at = node; at !== rootNode; at = parentOf(at)) parts.push(names.nameOf(at));
      return `/${parts.reverse().join('/')}`;
    },
    commonOf(a, b) {
      let [left, right] = [a, b];
      let [leftDepth, rightDepth] = [depthOf(a), depthOf(b)];
      while (left !== right) {
        if (leftDepth >= rightDepth) {
          left = parentOf(left);
          leftDepth -= 1;
        } else {
          right = parentOf(right);
          rightDepth -= 1;
        }
      }
      return left;
    },
  };
}

function partsOf(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

function grown<T extends Int16Array | Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
