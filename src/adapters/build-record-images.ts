import {invalid, storedManifest} from '../docker/stored-manifest.ts';
import {err, ok} from '../model/result.ts';
import type {Images} from '../ports/images.ts';
import type {Processes} from '../ports/processes.ts';

const timeoutMs = 60_000;

/**
 * Images as the builder that made them still has them, by the record of the build: the only place
 * where an image that was loaded into docker can be read without exporting it whole. `repository` is
 * the `buildx.build.ref` of the metadata file (`builder/node/id`), and references are digests.
 * buildx 0.21 and newer can do this.
 */
export function createBuildRecordImages(processes: Processes): Images {
  const read: Images['manifest'] = async (buildRef, digest, signal) => {
    const [builder, , id] = buildRef.split('/');
    const name = `${digest} of build ${buildRef}`;
    if (builder === undefined || id === undefined) return invalid(`${buildRef} is not a build`);
    const end = await processes.run({
      command: 'docker',
      args: ['buildx', 'history', 'inspect', 'attachment', '--builder', builder, id, digest],
      timeoutMs,
      ...(signal === undefined ? {} : {signal}),
    });
    if (!end.ok)
      return err({kind: 'unreachable', message: `${name}: docker was ${end.error.kind}`});
    const {exitCode, stdout, stderr} = end.value;
    if (exitCode === 0) return storedManifest(name, Buffer.from(stdout), digest, undefined);
    const said =
      stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^ERROR: /u, '') ?? '';
    const kind = /not found|no record found/u.test(said) ? 'not-found' : 'unreachable';
    return err({kind, message: `${name}: ${said}`});
  };
  return {
    manifest: read,
    async config(buildRef, digest, signal) {
      const document = await read(buildRef, digest, signal);
      return document.ok ? ok(document.value.json) : document;
    },
  };
}
