import {invalid, storedManifest} from '../docker/stored-manifest.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images} from '../ports/images.ts';
import type {ProcessExit, ProcessFailure, Processes} from '../ports/processes.ts';
import {openBuilderContent, type BuilderContent} from './builder-content.ts';
import {manifestBytes} from './manifest-bytes.ts';

export interface BuildRecordImages extends Images {
  /** Ends the connections to builders; another read opens them again. */
  close(): void;
}

/** For a manifest or a configuration; the bytes of a layer take what they take. */
const timeoutMs = 60_000;

/**
 * Images as the builder that made them still has them, by the record of the build: the only place
 * where an image that was loaded into docker can be read without exporting it whole. `repository` is
 * the `buildx.build.ref` of the metadata file (`builder/node/id`), and references are digests.
 *
 * The builder is asked over a connection of its own; where that cannot be had, or it does not find it
 * (another node may have it), by `docker buildx history inspect attachment` (buildx 0.21).
 */
export function createBuildRecordImages(processes: Processes): BuildRecordImages {
  const contents = new Map<string, BuilderContent>();
  const direct = (buildRef: string, digest: string, signal?: AbortSignal) => {
    const builder = buildRef.split('/')[0] ?? '';
    const content = contents.get(builder) ?? openBuilderContent(processes, builder);
    contents.set(builder, content);
    return content.read(digest, signal);
  };
  const read: Images['manifest'] = async (buildRef, digest, signal) => {
    const args = attachment(buildRef, digest);
    if (args === undefined) return invalid(`${buildRef} is not a build`);
    const name = nameOf(buildRef, digest);
    const content = await direct(buildRef, digest, signal);
    // What breaks off may still come whole from docker.
    const bytes = content.ok
      ? await manifestBytes(content.value).catch(() => undefined)
      : undefined;
    if (bytes !== undefined) return storedManifest(name, bytes, digest, undefined);
    const options = {timeoutMs, ...(signal && {signal})};
    const end = await processes.run({command: 'docker', args, ...options});
    const trouble = troubleOf(end, name);
    if (trouble !== undefined) return err(trouble);
    const text = end.ok ? end.value.stdout : '';
    return storedManifest(name, Buffer.from(text), digest, undefined);
  };
  return {
    close() {
      for (const content of contents.values()) content.close();
    },
    manifest: read,
    async config(buildRef, digest, signal) {
      const document = await read(buildRef, digest, signal);
      return document.ok ? ok(document.value.json) : document;
    },
    async blob(buildRef, digest, signal) {
      const args = attachment(buildRef, digest);
      if (args === undefined) return invalid(`${buildRef} is not a build`);
      const content = await direct(buildRef, digest, signal);
      if (content.ok) return ok(content.value);
      return streamOf(processes, args, nameOf(buildRef, digest), signal);
    },
  };
}

/** What docker prints, once it has begun to print; or why it ended without. */
function streamOf(
  processes: Processes,
  args: readonly string[],
  name: string,
  signal: AbortSignal | undefined,
): ReturnType<Images['blob']> {
  const {readable, writable} = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return new Promise((resolve) => {
    const ended = processes.run({
      command: 'docker',
      args,
      onStdoutBytes: (bytes) => {
        resolve(ok(readable));
        return writer.write(bytes);
      },
      ...(signal && {signal}),
    });
    void ended.then(async (end) => {
      const trouble = troubleOf(end, name);
      resolve(trouble === undefined ? ok(readable) : err(trouble));
      const closing =
        trouble === undefined ? writer.close() : writer.abort(new Error(trouble.message));
      // The reader may have gone away before the end.
      await closing.catch(() => undefined);
    });
  });
}

const nameOf = (buildRef: string, digest: string): string => `${digest} of build ${buildRef}`;

function attachment(buildRef: string, digest: string): readonly string[] | undefined {
  const [builder, , id] = buildRef.split('/');
  if (builder === undefined || id === undefined) return undefined;
  return ['buildx', 'history', 'inspect', 'attachment', '--builder', builder, id, digest];
}

function troubleOf(
  end: Result<ProcessExit, ProcessFailure>,
  name: string,
): ImageReadFailure | undefined {
  if (!end.ok) return {kind: 'unreachable', message: `${name}: docker was ${end.error.kind}`};
  const {exitCode, stderr} = end.value;
  if (exitCode === 0) return undefined;
  const lines = stderr.trim().split('\n');
  const said = lines.at(-1)?.replace(/^ERROR: /u, '') ?? '';
  const kind = /not found|no record found/u.test(said) ? 'not-found' : 'unreachable';
  return {kind, message: `${name}: ${said}`};
}
