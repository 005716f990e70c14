import {randomUUID} from 'node:crypto';
import {relative, resolve, sep} from 'node:path';

import type {Diagnostic} from '../events/diagnostic.ts';
import {annotation, mostAnnotations, workflowCommand} from '../render/github-annotations.ts';
import type {Environment} from './options.ts';

/**
 * The log of a step as GitHub's runner reads it: lines of it may be commands. Elsewhere nothing of
 * this does anything.
 */
export interface GithubConsole {
  /** Whether this is a step of GitHub Actions. */
  readonly isActive: boolean;
  /** From now on text is only text: what a Dockerfile prints could be a command otherwise. */
  guard: () => void;
  /** Prints a workflow command, also while text is guarded. */
  command: (line: string) => void;
  /** Shows diagnostics in the files of the pull request, as many of each severity as GitHub keeps. */
  annotate: (diagnostics: readonly Diagnostic[]) => void;
  /** Nothing that is guarded follows. */
  end: () => void;
}

const inactive: GithubConsole = {
  isActive: false,
  guard: () => undefined,
  command: () => undefined,
  annotate: () => undefined,
  end: () => undefined,
};

/**
 * The console of a step of GitHub Actions, by the variables that its runner sets.
 *
 * The runner looks for `##[command]` anywhere in a line, so that prefixes do not help (actions/runner,
 * ActionCommand.cs); `stop-commands` does, until its token comes again. Files of diagnostics are
 * relative to the working directory, those of annotations to the root of the checkout.
 */
export function openGithubConsole(
  environment: Environment,
  print: (line: string) => void,
): GithubConsole {
  if (environment['GITHUB_ACTIONS'] !== 'true') return inactive;
  const root = environment['GITHUB_WORKSPACE'] ?? '.';
  const pathOf = (file: string): string => {
    const path = relative(root, resolve(file)).replaceAll(sep, '/');
    return path.startsWith('../') ? file : path;
  };
  const isAnnotated = environment['BUILD_MATRIX_ANNOTATIONS'] !== 'false';
  const told = {error: 0, warning: 0};
  let token: string | undefined;

  const guard = (): void => {
    if (token !== undefined) return;
    token = randomUUID();
    print(workflowCommand('stop-commands', {}, token));
  };
  const end = (): void => {
    if (token !== undefined) print(workflowCommand(token));
    token = undefined;
  };
  const command = (line: string): void => {
    const wasGuarded = token !== undefined;
    end();
    print(line);
    if (wasGuarded) guard();
  };
  return {
    isActive: true,
    ...{guard, command, end},
    annotate(diagnostics) {
      if (!isAnnotated) return;
      for (const diagnostic of diagnostics) {
        told[diagnostic.severity] += 1;
        if (told[diagnostic.severity] <= mostAnnotations) command(annotation(diagnostic, pathOf));
      }
    },
  };
}
