/** What commander makes of a command line, environment variables of options included. */
export interface Flags {
  readonly file?: string;
  readonly set?: readonly string[];
  readonly platform?: readonly string[];
  readonly imageVersion?: string;
  readonly registry?: readonly string[];
  readonly mirror?: readonly string[];
  readonly push?: boolean;
  readonly shard?: readonly string[];
  readonly recordFile?: string;
  readonly load?: boolean;
  readonly output?: string;
  readonly builder?: string;
  /** False for `--no-cache`; commander makes it true otherwise. */
  readonly cache?: boolean;
  readonly pull?: boolean;
  readonly force?: boolean;
  readonly concurrency?: number;
  readonly failFast?: boolean;
  readonly keepGoing?: boolean;
  readonly warnOnly?: boolean;
  readonly unpacked?: boolean;
  readonly progress?: ProgressMode;
  readonly format?: PlanFormat;
  readonly record?: string;
  readonly image?: string;
  readonly why?: boolean;
  readonly top?: number;
  readonly instructions?: boolean;
  readonly against?: string;
  readonly history?: boolean;
  readonly markdown?: string;
  readonly html?: string;
  readonly check?: boolean;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly githubOutput?: boolean;
  readonly summary?: boolean;
  readonly comment?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False for `--no-color`; commander makes it true otherwise. */
  readonly color?: boolean;
}

/** Flags of `release`, where `--record` may be repeated. */
export interface ReleaseFlags extends Omit<Flags, 'record'> {
  readonly record?: readonly string[];
  readonly dryRun?: boolean;
  readonly rollback?: boolean;
  /** False for `--no-github`; commander makes it true otherwise. */
  readonly github?: boolean;
  readonly next?: boolean;
}

export const progressModes = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;
export type ProgressMode = (typeof progressModes)[number];

export const planFormats = ['text', 'json', 'bake', 'commands'] as const;
export type PlanFormat = (typeof planFormats)[number];

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];
