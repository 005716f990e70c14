/** The machine and the process that build-matrix itself is, so that a lock can tell whose it is. */
export interface Host {
  /** Host name. */
  readonly name: string;
  /** Process id of this very process. */
  readonly pid: number;
  /**
   * A text that stays the same for as long as one process has this id, and differs for a later
   * process with the same id where the system can tell them apart; undefined when there is none.
   */
  processIdentity(pid: number): Promise<string | undefined>;
}
