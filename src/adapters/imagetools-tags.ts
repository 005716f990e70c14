import {imagetoolsCommand} from '../docker/imagetools.ts';
import {classifyRegistryFailure} from '../docker/registry-failure.ts';
import {err, ok} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {ImageTags, PointFailure, TagList} from '../ports/image-tags.ts';
import type {ProcessFailure, Processes} from '../ports/processes.ts';

const timeoutMs = 10 * 60_000;

/**
 * Tags moved by `docker buildx imagetools create`, with the logins of the user's docker. It moves manifests
 * within a repository, and copies what is missing to another one.
 */
export function createImagetoolsTags(
  processes: Processes,
  tags: TagList,
  /** Whose settings of registries are used; null for the current builder. */
  builder: string | null,
  signal: AbortSignal,
): ImageTags {
  return {
    list: (repository, listSignal) => tags.list(repository, listSignal ?? signal),
    async point({references, sources, annotations}) {
      const {program, args} = imagetoolsCommand({references, sources, annotations, builder});
      const end = await processes.run({command: program, args, timeoutMs, signal});
      if (!end.ok) return err(notRun(end.error));
      if (end.value.exitCode === 0) return ok(undefined);
      const error = maskCredentials(end.value.stderr.trim());
      const [reference = ''] = references;
      const told = classifyRegistryFailure({
        error,
        doing: {reference, action: 'push'},
        by: 'buildx',
      });
      const message = told?.message ?? error.split('\n').slice(-2).join(' ');
      return err({
        message: `${references.join(', ')}: ${message.replace(/^ERROR: /u, '')}`,
        remedy: told?.remedy ?? 'see that the registry can be reached, and that you may push to it',
        passing: told?.passing ?? false,
      });
    },
  };
}

function notRun(failure: ProcessFailure): PointFailure {
  const passing = failure.kind === 'timed-out';
  const message = `docker buildx imagetools create could not be run (${failure.kind})`;
  return {message, remedy: 'see that docker and buildx are installed', passing};
}
