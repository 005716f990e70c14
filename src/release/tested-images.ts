import {repositoryIn} from '../model/image-ref.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';
import {targetOf} from './release-images.ts';

/** What a run pushed for one target, and so what was tested. */
export interface TestedImage {
  /** `image/name`. */
  readonly target: string;
  /** `repository@digest`: one, or one for each part when the platforms were built apart. */
  readonly sources: readonly string[];
  /** The target as recorded, part by part. */
  readonly records: readonly TargetRecord[];
  readonly runId: string;
}

/**
 * Images of a target that runs of this very commit have pushed, the latest first. A run of a changed
 * checkout built something else than the commit.
 *
 * @param records in any order
 */
export function testedImages(
  target: string,
  platforms: readonly string[],
  commit: string,
  records: readonly BuildRecord[],
): readonly TestedImage[] {
  const pushed = records
    .filter(({git}) => git?.commit === commit && !git.dirty)
    .toSorted((a, b) => (a.runId < b.runId ? 1 : -1))
    .map(({runId, targets}) => ({
      runId,
      parts: targets.filter((one) => targetOf(one.id) === target && isPushed(one)),
    }));
  const whole = pushed.flatMap((run) => imageOf(target, platforms, run) ?? []);
  if (whole.length > 0) return whole;
  // Platforms that were built on several machines have a record each.
  const latest = new Map<string, TargetRecord>();
  for (const part of pushed.flatMap(({parts}) => parts)) {
    if (!latest.has(part.id)) latest.set(part.id, part);
  }
  const runId = pushed[0]?.runId ?? '';
  return [imageOf(target, platforms, {runId, parts: [...latest.values()]}) ?? []].flat();
}

function imageOf(
  target: string,
  platforms: readonly string[],
  {runId, parts}: {readonly runId: string; readonly parts: readonly TargetRecord[]},
): TestedImage | undefined {
  const whole = parts.filter(({id}) => id === target);
  const records = whole.length > 0 ? whole : parts;
  const there = new Set(records.flatMap((part) => part.platforms.map((one) => one.platform)));
  if (records.length === 0 || !platforms.every((platform) => there.has(platform))) return undefined;
  return {target, sources: records.map(sourceOf), records, runId};
}

/** With a digest, in a registry: what was only loaded or saved cannot be promoted. */
function isPushed({output, digest, tags}: TargetRecord): boolean {
  return output.kind === 'push' && digest !== null && mainRepository({output, tags}) !== undefined;
}

function sourceOf(record: TargetRecord): string {
  return `${mainRepository(record) ?? ''}@${record.digest ?? ''}`;
}

/** Where the image was pushed to first; older records tell it by their tags alone. */
function mainRepository({output, tags}: Pick<TargetRecord, 'output' | 'tags'>): string | undefined {
  const [repository] = output.kind === 'push' ? output.repositories : [];
  return repository ?? (tags[0] === undefined ? undefined : repositoryIn(tags[0]));
}
