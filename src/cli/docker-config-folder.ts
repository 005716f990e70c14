import {homedir} from 'node:os';
import {join} from 'node:path';

import type {Environment} from './options.ts';

/** Where docker has its settings, logins and plugins. */
export function dockerConfigFolder(environment: Environment): string {
  return environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
}
