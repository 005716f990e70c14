import type {TagRequest} from '../docker/imagetools.ts';
import type {RegistryFailure} from '../docker/registry-failure.ts';
import {repositoryIn} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {Images} from '../ports/images.ts';
import type {Logins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {TagList} from '../ports/tag-list.ts';
import type {TagWriter} from '../ports/tag-writer.ts';
import {tryToMove} from '../publish/move-tags-patiently.ts';
import {moveOf} from '../publish/one-move.ts';
import {repairLogin} from '../publish/repair-login.ts';
import type {StepFailure} from './release-step.ts';

/** The registries of a release: reading them, and moving tags in them. */
export interface RegistryPorts {
  readonly images: Images;
  readonly tags: TagList;
  readonly processes: Processes;
  readonly writer: TagWriter;
  readonly probe: RegistryProbe;
  readonly logins: Logins;
  /** Whose settings of registries are used; null for the current builder. */
  readonly builder: string | null;
  readonly signal: AbortSignal;
}

/**
 * Makes tags point at images that a registry has, once: what fails for a passing reason is tried again by
 * `settleStep`, which looks at the tags before.
 */
export async function moveTags(
  request: Omit<TagRequest, 'builder'>,
  ports: RegistryPorts,
): Promise<Result<void, StepFailure>> {
  const {builder, signal} = ports;
  const [reference = ''] = request.references;
  const moved = await tryToMove({
    move: moveOf({...request, builder}, ports),
    isDone: () => Promise.resolve(false),
    ...{ports, signal},
  });
  return moved.ok ? ok(undefined) : err(stepFailure(moved.error, reference));
}

/** Whether docker has a new login since, where one had expired, so that another try makes sense. */
export function renewLogin(
  {registry}: StepFailure,
  {logins, signal}: RegistryPorts,
): Promise<boolean> {
  if (registry === undefined) return Promise.resolve(false);
  return repairLogin(logins, registry.kind, registry.repository, signal);
}

function stepFailure(failure: RegistryFailure, reference: string): StepFailure {
  const {kind, message, because, passing, retryAfterMs, subject} = failure;
  return {
    message: maskCredentials(message),
    remedy: remedyOf(failure),
    passing,
    registry: {
      ...{kind, because, repository: subject.repository ?? repositoryIn(reference)},
      ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
    },
  };
}

function remedyOf({kind, remedy, passing}: RegistryFailure): string {
  if (passing) return 'see that the registry and the way to it are well again';
  return kind === 'tag-immutable'
    ? 'let the repository move this tag (Amazon ECR: exclude it from the immutability)'
    : remedy;
}
