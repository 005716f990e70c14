import type {Clock} from '../ports/clock.ts';
import type {Files} from '../ports/files.ts';
import type {Host} from '../ports/host.ts';
import type {Images} from '../ports/images.ts';
import type {Logins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {TagWriter} from '../ports/tag-writer.ts';
import type {Waiting} from '../ports/waiting.ts';

/** What a run needs of the world. */
export interface RunPorts {
  readonly processes: Processes;
  readonly files: Files;
  readonly clock: Clock;
  readonly host: Host;
  readonly images: ImageSources;
  readonly probe: RegistryProbe;
  readonly writer: TagWriter;
  readonly waiting: Waiting;
  readonly logins: Logins;
}

/** Where a built image is read back from, by the kind of its output. */
export interface ImageSources {
  /** `repository` is a repository name with its registry. */
  readonly push: Images;
  /** `repository` is the build's own record: its `buildx.build.ref`. */
  readonly load: Images;
  /** `repository` is the folder of an OCI layout, relative to the working directory. */
  readonly oci: Images;
}
