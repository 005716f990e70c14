/** What stands in a folder under one name; a symbolic link is not followed. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/** What the file system says of an entry itself, not of what a link leads to. */
export interface EntryFacts {
  readonly kind: FolderEntry['kind'];
  /** Permissions with set-user-id, set-group-id and sticky: at most 0o7777. */
  readonly mode: number;
  /** Differs whenever the entry was written, replaced, or changed in any way that the system notes. */
  readonly stamp: string;
}

/**
 * The files of build contexts. Everything rejects with an `Error` for what cannot be looked at, also for
 * what has gone since its folder was listed.
 */
export interface ContextFiles {
  /** Entries of a folder (or of what a link to one leads to), in no order. */
  entries(folder: string): Promise<readonly FolderEntry[]>;
  facts(path: string): Promise<EntryFacts>;
  /** Where a link leads, as it is written. */
  linkTarget(path: string): Promise<string>;
  /** sha256 of the content of a regular file, in hex. `facts` are those of the same path, just read. */
  contentHash(path: string, facts: EntryFacts): Promise<string>;
}
