import {cleanLine} from './log-lines.ts';
import type {ProgressSummary} from './raw-progress.ts';
import {parseSolveStatus, type Vertex} from './solve-status.ts';
import {parseStepName} from './step-name.ts';

/** Reads the status stream of an export that must take everything from what a build has made. */
export interface ReuseReader {
  /** Takes one line of `--progress=rawjson`. */
  line(text: string): void;
  /** Why what is exported need not be what the build used, in one sentence; null when it must be. */
  readonly doubt: string | null;
  /** The last line that was no progress: the error of docker, when it failed. */
  readonly said: string;
}

/**
 * A reader for an export after the build that `earlier` tells of. An instruction that runs after that
 * build has ended is one that the cache does not hold any more. (BuildKit also repeats what it ran before,
 * for another build that shares the instruction and goes on.) What has no inputs is never marked as
 * cached: base images are the same when their vertexes are, and the digest of a vertex of an image is
 * made of the image's digest.
 */
export function createReuseReader(
  earlier: Pick<ProgressSummary, 'sources' | 'lastChangeAt'>,
): ReuseReader {
  let doubt: string | null = null;
  let said = '';
  const take = (vertex: Vertex): void => {
    const {started, cached, name, digest} = vertex;
    if (vertex.inputs?.length) {
      const isNew = typeof started === 'string' && Date.parse(started) > earlier.lastChangeAt;
      if (isNew && !cached && parseStepName(name).position !== undefined) doubt ??= ranAgain;
    } else if (isBaseImage(name) && !earlier.sources.has(digest)) doubt ??= otherBase;
  };
  return {
    line(text) {
      const status = parseSolveStatus(text);
      if (status === undefined) {
        const line = cleanLine(text).trim();
        if (line !== '') said = line;
      }
      status?.vertexes?.forEach(take);
    },
    get doubt() {
      return doubt;
    },
    get said() {
      return said;
    },
  };
}

const ranAgain =
  'its steps are not in the cache any more, and run again they need not make what the image was made from';
const otherBase = 'its base image is another one than when the image was built';

/**
 * `[stage 1/2] FROM python:3.12@sha256:…`, or `[context NAME] python:3.12` for one that a named context
 * replaces (dockerui/namedcontext.go). A layout on this machine is read anew by each build (`OCI load from
 * client`), and belongs to this run; what is copied from other contexts decides on the cache.
 */
function isBaseImage(name: string): boolean {
  const {position, name: rest} = parseStepName(name);
  if (position !== undefined) return rest.startsWith('FROM ');
  return /^\[context [^\]]*\] (?!load |OCI load |[a-z]+:\/\/)/u.test(name);
}
