import type {ImageContents, SizedPath, StageContents} from '../sizes/why-report.ts';

/** A box of a treemap. */
export interface Box {
  readonly name: string;
  /** With all that is in it. */
  readonly bytes: number;
  /** Name of the stage; null for the base image and where it is not known. */
  readonly stage: string | null;
  readonly children: readonly Box[];
}

/** What fills an image, as boxes in boxes: stages, folders in them, files in these. */
export function boxesOf({stages}: ImageContents): readonly Box[] {
  return stages
    .filter(({bytes}) => bytes > 0)
    .map((contents) => ({
      name: stageName(contents),
      bytes: contents.bytes,
      stage: contents.stage,
      children: childrenOf(
        {path: '/', bytes: contents.bytes},
        [...contents.directories, ...contents.largestFiles],
        contents.stage,
      ),
    }));
}

function stageName({origin, stage}: StageContents): string {
  if (origin === 'base') return 'base image';
  return stage ?? 'all layers';
}

/** The paths that are right below `folder` among those that are listed, and what is left of it. */
function childrenOf(
  folder: SizedPath,
  listed: readonly SizedPath[],
  stage: string | null,
): readonly Box[] {
  const inside = listed.filter(({path}) => path !== folder.path && isBelow(path, folder.path));
  const top = inside.filter(
    ({path}) => !inside.some((other) => other.path !== path && isBelow(path, other.path)),
  );
  if (top.length === 0) return [];
  const children = top.map((item): Box => ({
    name: folder.path === '/' ? item.path : item.path.slice(folder.path.length + 1),
    bytes: item.bytes,
    stage,
    children: childrenOf(item, inside, stage),
  }));
  const rest = folder.bytes - children.reduce((sum, {bytes}) => sum + bytes, 0);
  return rest > 0
    ? [...children, {name: 'other files', bytes: rest, stage, children: []}]
    : children;
}

function isBelow(path: string, folder: string): boolean {
  return folder === '/' || path.startsWith(`${folder}/`);
}
