import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import {dockerPushCommand, imagetoolsCommand} from '../docker/imagetools.ts';
import type {TagPublication} from './publication.ts';
import {digestOf} from './run-values.ts';

/** The commands that make these references, all or some of the publication's, hold its image. */
export function publicationCommands(
  {
    repository,
    builds,
    annotations,
    through,
    builder,
  }: Omit<TagPublication, 'kind' | 'of' | 'references' | 'commands'>,
  references: readonly string[],
): readonly BuildxCommand[] {
  if (through === 'store') return references.map(dockerPushCommand);
  const sources = builds.map((id) => `${repository}@${digestOf(id)}`);
  return [imagetoolsCommand({references, sources, annotations, builder})];
}
