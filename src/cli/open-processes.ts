import {withDirectBuildx} from '../adapters/direct-buildx.ts';
import {createProcesses} from '../adapters/execa-processes.ts';
import type {Processes} from '../ports/processes.ts';
import {dockerConfigFolder} from './docker-config-folder.ts';
import type {Environment} from './options.ts';

/** Programs of this machine, with the docker that the environment names. */
export function openProcesses(environment: Environment): Processes {
  const {PATH: path = ''} = environment;
  return withDirectBuildx(createProcesses(), {path, config: dockerConfigFolder(environment)});
}
