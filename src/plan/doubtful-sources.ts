import {contextKey} from '../dockerfile/context-key.ts';
import type {ResolvedStage} from '../dockerfile/resolve-stages.ts';
import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import {closestWord} from '../model/did-you-mean.ts';
import type {Files} from '../ports/files.ts';
import {joinPath} from './paths.ts';
import {sourcePaths} from './read-dockerfiles.ts';
import {isReadHere, type DockerfileUse} from './unused-values.ts';

/**
 * Doubts about what the stages that are built copy: a `--from` that is nearly the name of a stage or a
 * context, and paths that are not in the context. What .dockerignore leaves out is not looked for: the
 * failing build tells of it.
 */
export async function doubtfulSources(
  uses: readonly DockerfileUse[],
  root: string,
  files: Pick<Files, 'list'>,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const listed = new Map<string, Promise<readonly string[]>>();
  const list = (folder: string): Promise<readonly string[]> => {
    const known = listed.get(folder) ?? files.list(folder).catch(() => []);
    listed.set(folder, known);
    return known;
  };
  for (const {target, dockerfile, stages} of uses) {
    if (!isReadHere(target, dockerfile)) continue;
    const {context} = sourcePaths(target, root);
    const bases = new Set(dockerfile.stages.map(({base}) => base.toLowerCase()));
    const names = dockerfile.stages.flatMap(({name}) => name ?? []);
    const contexts = [...target.contexts.keys()];
    const keys = new Set([...names, ...contexts].map(contextKey));
    for (const [index, stage] of dockerfile.stages.entries()) {
      if (!isBuilt(stages.stages[index], stage.name, target.contexts)) continue;
      for (const {name, range} of stage.references) {
        const isPlain = /^[a-z][\w-]*$/iu.test(name) && name.toLowerCase() !== 'scratch';
        if (!isPlain || keys.has(contextKey(name)) || bases.has(name.toLowerCase())) continue;
        const meant = closestWord(name, [...names, ...contexts]);
        if (meant === undefined) continue;
        const what = names.includes(meant) ? 'stage' : 'context';
        found.push({
          ...{severity: 'warning', code: 'doubtful-from', range},
          message: `no stage or context is called \`${name}\`, so that it is an image of Docker Hub`,
          suggestion: `did you mean the ${what} \`${meant}\`? For the image, write \`${name}:latest\``,
        });
      }
      for (const {path, range} of stage.copied) {
        const missing = await missingPart(context, path, list);
        if (missing !== undefined) found.push(notInContext(context, missing, range));
      }
    }
  }
  return found;
}

/** A stage in place of which a named context stands is not built, nor one that nothing needs. */
function isBuilt(
  stage: ResolvedStage | undefined,
  name: string | null,
  contexts: DockerfileUse['target']['contexts'],
): boolean {
  const isReplaced =
    name !== null && [...contexts.keys()].map(contextKey).includes(contextKey(name));
  return stage?.used === true && !isReplaced;
}

interface MissingPart {
  /** As far as it is missing. */
  readonly path: string;
  readonly name: string;
  readonly beside: readonly string[];
}

/**
 * The first part of the path that its folder does not list. Undefined as well where a folder lists
 * nothing: it may be a link, which leads elsewhere in a build.
 */
async function missingPart(
  context: string,
  path: string,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<MissingPart | undefined> {
  const parts = path.split('/');
  for (const [at, name] of parts.entries()) {
    const beside = await list(joinPath(context, parts.slice(0, at).join('/')));
    if (beside.length === 0) return undefined;
    if (!beside.includes(name)) return {path: parts.slice(0, at + 1).join('/'), name, beside};
  }
  return undefined;
}

function notInContext(
  context: string,
  {path, name, beside}: MissingPart,
  range: SourceRange,
): Diagnostic {
  const meant = closestWord(name, beside);
  return {
    ...{severity: 'warning', code: 'not-in-context', range},
    message: `\`${path}\` is not in the context \`${context}\``,
    suggestion:
      meant === undefined
        ? 'paths of COPY are relative to `context`'
        : `did you mean \`${path.slice(0, path.length - name.length)}${meant}\`?`,
  };
}
