import type {MatrixFile} from '../config/matrix-file.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import type {RegistryUnusable} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {createFindings, type Locate} from '../plan/findings.ts';
import type {Files} from '../ports/files.ts';
import type {Images} from '../ports/images.ts';
import type {Logins} from '../ports/logins.ts';
import {prepareEcrRepositories} from './ecr-repositories.ts';
import {createLogins, type LoginPorts} from './logins.ts';
import {placesOf} from './registry-places.ts';

export interface RegistryPreparation {
  /** Repositories and references that will be written, `host/path` and `host/path:tag`. */
  readonly references: readonly string[];
  /** Those repositories among them into which images are copied from another one. */
  readonly copiedTo: ReadonlySet<string>;
  readonly registries: MatrixFile['registries'];
  /** Where values stand in matrix.yml. */
  readonly locate: Locate;
  /** Folder of matrix.yml, relative to the working directory. */
  readonly folder: string;
  /** Version of buildx; null when unknown. */
  readonly buildx: string | null;
  /** The digest that a reference is known to get; undefined as long as that has to be built. */
  readonly expectedDigest?: (reference: string) => string | undefined;
  readonly ports: RegistryPorts;
  readonly signal: AbortSignal;
}

export interface RegistryPorts extends LoginPorts {
  readonly files: Files;
  readonly images: Images;
}

export interface PreparedRegistries {
  /** Docker is logged in; to be kept so for as long as there is something to push. */
  readonly logins: Logins;
  readonly notices: readonly Diagnostic[];
}

/**
 * Sees to it, before anything is built, that every registry takes what will be pushed: logs docker in
 * to Amazon's, creates repositories that matrix.yml asks for, and finds tags that cannot be moved.
 */
export async function prepareRegistries(
  input: RegistryPreparation,
): Promise<Result<PreparedRegistries, RegistryUnusable>> {
  const {references, copiedTo, ports, signal, locate} = input;
  const places = placesOf(references, input.registries ?? {});
  const logins = createLogins(places, ports, locate);
  const refused = await logins.ensure(signal);
  if (refused !== null) return err(refused);

  const findings = createFindings(locate);
  await prepareEcrRepositories({
    ...{places, copiedTo, ports, findings, signal},
    folder: input.folder,
    buildx: input.buildx,
    expectedDigest: input.expectedDigest ?? (() => undefined),
  });
  const found = findings.diagnostics();
  return findings.hasErrors()
    ? err({reason: 'registry-unusable', diagnostics: found})
    : ok({logins, notices: found});
}
