import type {Images} from '../ports/images.ts';
import type {Processes} from '../ports/processes.ts';

/** Images of the docker daemon (`--load`); `repository` is the name without a tag. */
export function createDaemonImages(processes: Processes): Images {
  throw new Error(`not written yet ${String(processes)}`);
}
