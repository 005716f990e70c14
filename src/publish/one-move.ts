import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import {dockerError} from '../docker/docker-error.ts';
import {imagetoolsCommand, type TagRequest} from '../docker/imagetools.ts';
import {classifyRegistryFailure, type RegistryFailure} from '../docker/registry-failure.ts';
import type {RegistryClient} from '../docker/registry-remedies.ts';
import {registrySubject} from '../docker/registry-subject.ts';
import {repositoryIn, tagIn} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ProcessFailure, Processes} from '../ports/processes.ts';
import type {TagWriter} from '../ports/tag-writer.ts';
import {digestIn, repositoryBefore} from './held-images.ts';

/** One try at making tags hold an image. */
export type OneMove = (signal: AbortSignal) => Promise<Result<null, RegistryFailure>>;

export interface MovePorts {
  readonly processes: Processes;
  readonly writer: TagWriter;
}

/** Manifests are small: what takes longer than this hangs. */
const usualTimeoutMs = 5 * 60_000;
/** Whole images go through this machine when they are copied to another registry. */
const copyTimeoutMs = 60 * 60_000;

/**
 * Makes tags hold one image of their own repository by a request each, and everything else (an index of
 * several, a copy from another repository) by `docker buildx imagetools create`. That would do for the
 * former too, and walks down to every layer for it: 86 requests for an image of two platforms
 * (docs/publishing.md).
 */
export function moveOf(request: TagRequest, ports: MovePorts): OneMove {
  const {references, sources, annotations} = request;
  const [reference = ''] = references;
  const repository = repositoryIn(reference);
  const [source = '', ...others] = sources;
  const isCopy = sources.some((one) => repositoryBefore(one) !== repository);
  if (isCopy || others.length > 0 || Object.keys(annotations).length > 0) {
    const timeoutMs = isCopy ? copyTimeoutMs : usualTimeoutMs;
    return byCommand(imagetoolsCommand(request), reference, ports.processes, timeoutMs);
  }
  return async (signal) => {
    const image = {repository, digest: digestIn(source), tags: references.map(tagIn)};
    const written = await ports.writer.writeTags(image, signal);
    if (written.ok) return written;
    const {message, retryAfterMs} = written.error;
    const failure = explained(message, reference, 'build-matrix');
    return err(retryAfterMs === undefined ? failure : {...failure, retryAfterMs, vague: false});
  };
}

/** Runs docker, which moves or pushes `reference`; fails with what it said. */
export function byCommand(
  command: BuildxCommand,
  reference: string,
  processes: Processes,
  timeoutMs = usualTimeoutMs,
): OneMove {
  const by = command.args.includes('imagetools') ? 'buildx' : 'daemon';
  return async (signal) => {
    const ended = await processes.run({
      ...{command: command.program, args: command.args, env: command.env},
      ...{signal, timeoutMs},
    });
    if (!ended.ok) return err(unexplained(notRun(ended.error), reference));
    if (ended.value.exitCode === 0) return ok(null);
    const said = dockerError(ended.value.stderr.split('\n')) || 'docker said nothing';
    return err(explained(said, reference, by));
  };
}

function explained(said: string, reference: string, by: RegistryClient): RegistryFailure {
  const failure = classifyRegistryFailure({error: said, doing: {reference, action: 'push'}, by});
  const message = said.split('\n').join(': ');
  return failure === undefined ? unexplained(message, reference) : {...failure, message};
}

function notRun(failure: ProcessFailure): string {
  switch (failure.kind) {
    case 'not-found':
      return `${failure.command} is not installed`;
    case 'spawn-failed':
      return `docker could not be started: ${failure.message}`;
    case 'timed-out':
      return `docker did not end within ${Math.round(failure.afterMs / 60_000)} minutes`;
    case 'cancelled':
      return 'docker was ended';
  }
}

/** Nothing of a registry: docker itself could not do it. */
function unexplained(message: string, reference: string): RegistryFailure {
  return {
    kind: 'unknown',
    message,
    because: message,
    passing: false,
    remedy: 'Run the same command again when it is mended: what was built is not built again.',
    vague: false,
    subject: registrySubject('', {reference, action: 'push'}),
  };
}
