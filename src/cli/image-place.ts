import {nodeFiles} from '../adapters/node-files.ts';
import {parseBuildMetadata} from '../docker/build-metadata.ts';
import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import {metadataFileOf} from '../plan/paths.ts';
import type {TargetRecord} from '../records/build-record.ts';

/** Where the target's image is, in the words of `ImageSources`; or why it cannot be told. */
export async function placeOf(target: TargetRecord): Promise<Result<string, string>> {
  const {id, output, tags, image, digest} = target;
  if (output.kind === 'oci') return ok(output.folder);
  if (output.kind === 'push') {
    const reference = parseImageRef(tags[0] ?? image);
    return reference.ok ? ok(repositoryOf(reference.value)) : err(reference.error.message);
  }
  // docker shows no layers; the builder that made them does, by the reference that it gave.
  const file = metadataFileOf(id);
  const text = await nodeFiles.readText(file).catch(() => undefined);
  const metadata = text === undefined ? undefined : parseBuildMetadata(text);
  if (metadata?.ok !== true || metadata.value.buildRef === null) {
    return err(`it was loaded into docker, and ${file} does not name its build`);
  }
  if (metadata.value.digest !== digest) {
    return err(`it was loaded into docker, and was built again since: ${file} is of that build`);
  }
  return ok(metadata.value.buildRef);
}
