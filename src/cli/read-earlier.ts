import {createGit} from '../adapters/git-cli.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {createShortProcesses} from '../adapters/short-processes.ts';
import type {Failure} from '../events/failure.ts';
import type {Result} from '../model/result.ts';
import type {EarlierRequest, EarlierSizes} from '../sizes/earlier-sizes.ts';

/** What `--against` means, read from the files and the checkout of this machine, or a registry. */
export async function readEarlier(
  request: Omit<EarlierRequest, 'files' | 'git'>,
): Promise<Result<EarlierSizes, Failure>> {
  const {earlierSizes} = await import('../sizes/earlier-sizes.ts');
  return earlierSizes({...request, files: nodeFiles, git: createGit(createShortProcesses())});
}
