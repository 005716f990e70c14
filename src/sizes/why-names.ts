/**
 * Names of what is in folders: finds or adds the number of (folder, name). An open hash table over
 * bytes of their own: a string and a map's entry would take five times the memory, and keep the
 * garbage collector busy with what never becomes garbage.
 */
export interface NameTable {
  readonly size: number;
  /** Undefined when there is none. */
  find(folder: number, name: string): number | undefined;
  /** Adds a name that is not there; its number is the `size` before. */
  add(folder: number, name: string): number;
  folderOf(number: number): number;
  nameOf(number: number): string;
}

const free = -1;
/** More than any file system allows for one name, as UTF-8. */
const longestName = 64 * 1024;

export function createNameTable(): NameTable {
  let size = 0;
  let folders = new Int32Array(1024);
  /** Where the name of a number ends; it starts where that of the number before ends. */
  let ends = new Uint32Array(1024);
  let text = Buffer.alloc(16 * 1024);
  let slots = new Int32Array(2048).fill(free);
  const scratch = Buffer.alloc(longestName);

  const startOf = (number: number): number => (number === 0 ? 0 : (ends[number - 1] ?? 0));
  const hash = (folder: number, bytes: Buffer, start: number, end: number): number => {
    // FNV-1a, begun with the folder.
    let value = Math.imul(folder ^ 0x811c9dc5, 0x01000193);
    for (let at = start; at < end; at += 1) {
      value = Math.imul(value ^ (bytes[at] ?? 0), 0x01000193);
    }
    return (value ^ (value >>> 15)) & (slots.length - 1);
  };
  const isAt = (number: number, folder: number, length: number): boolean => {
    if (folders[number] !== folder) return false;
    const start = startOf(number);
    const end = ends[number] ?? 0;
    return end - start === length && text.compare(scratch, 0, length, start, end) === 0;
  };
  /** The slot of the name in `scratch`, or the free one where it belongs. */
  const slotOf = (folder: number, length: number): number => {
    let slot = hash(folder, scratch, 0, length);
    for (;;) {
      const number = slots[slot] ?? free;
      if (number === free || isAt(number, folder, length)) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
  };
  const makeRoom = (length: number): void => {
    if (size === folders.length) {
      folders = grown(folders, new Int32Array(size * 2));
      ends = grown(ends, new Uint32Array(size * 2));
    }
    const needed = startOf(size) + length;
    if (needed > text.length) text = grown(text, Buffer.alloc(Math.max(text.length * 2, needed)));
    if (size * 2 < slots.length) return;
    slots = new Int32Array(slots.length * 2).fill(free);
    for (let number = 0; number < size; number += 1) {
      let slot = hash(folders[number] ?? 0, text, startOf(number), ends[number] ?? 0);
      while (slots[slot] !== free) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = number;
    }
  };

  return {
    get size() {
      return size;
    },
    find(folder, name) {
      const number = slots[slotOf(folder, scratch.write(name))] ?? free;
      return number === free ? undefined : number;
    },
    add(folder, name) {
      const length = scratch.write(name);
      makeRoom(length);
      const number = size;
      slots[slotOf(folder, length)] = number;
      scratch.copy(text, startOf(number), 0, length);
      folders[number] = folder;
      ends[number] = startOf(number) + length;
      size += 1;
      return number;
    },
    folderOf: (number) => folders[number] ?? 0,
    nameOf: (number) => text.toString('utf8', startOf(number), ends[number]),
  };
}

function grown<T extends Int32Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
