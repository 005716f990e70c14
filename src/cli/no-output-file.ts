import type {InvalidUsage} from '../events/failure.ts';

/** `--github-output` where there is no GitHub. */
export const noOutputFile: InvalidUsage = {
  reason: 'invalid-usage',
  message: '--github-output: the variable GITHUB_OUTPUT is not set',
  remedy: 'use it in a step of GitHub Actions, or read standard output',
};
