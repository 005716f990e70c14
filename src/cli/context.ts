import type {GithubConsole} from './github-console.ts';
import type {Environment} from './options.ts';
import type {Output} from './terminal.ts';

/** What every command has at hand. Adapters are opened by those that need them. */
export interface CommandContext {
  /** Standard output: results. */
  readonly out: Output;
  /** Standard error: progress, warnings and failures. */
  readonly err: Output;
  readonly github: GithubConsole;
  readonly environment: Environment;
  /** Version of build-matrix. */
  readonly version: string;
}
