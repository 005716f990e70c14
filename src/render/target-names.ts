/**
 * The shortest names that still tell the targets apart: without the image where the rest is unique.
 * Ids are `image/name`.
 */
export function shortTargetNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const shortName = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
  const uses = new Map<string, number>();
  for (const id of ids) uses.set(shortName(id), (uses.get(shortName(id)) ?? 0) + 1);
  return new Map(ids.map((id) => [id, uses.get(shortName(id)) === 1 ? shortName(id) : id]));
}
