export type PathKind = 'file' | 'folder' | 'other' | 'unreachable' | 'missing';

/** What the program needs of a file system. Every path is absolute or relative to the working directory. */
export interface Files {
  /**
   * Text of the file, or undefined when there is none. Rejects on any other trouble, also on what is
   * no regular file: a pipe or a device may never end.
   */
  readText(path: string): Promise<string | undefined>;
  /** Like `readText`: at most `limit` bytes from the start of the file. */
  readBytes(path: string, limit?: number): Promise<Uint8Array | undefined>;
  /** Bytes of the file as they come, or undefined when there is none. */
  readStream(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Replaces the file by a temporary one and a rename, folders made as needed. */
  writeAtomic(path: string, text: string): Promise<void>;
  /**
   * Gives the file a second name, or copies it where that cannot be done (another file system);
   * folders are made as needed. What stands there already stays: names of blobs tell their content.
   */
  link(from: string, to: string): Promise<void>;
  /** Appends to the file, which is made (with its folders) as needed. */
  append(path: string, text: string): Promise<void>;
  /** Names in the folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** Never rejects: `unreachable` is what cannot be looked at (no permission, a loop of links, …). */
  kind(path: string): Promise<PathKind>;
  /** Removes the file or folder; no error when there is none. */
  remove(path: string): Promise<void>;
  /** Makes the file with this text, folders as needed; false when it exists already. The only lock there is. */
  createExclusive(path: string, text: string): Promise<boolean>;
}
