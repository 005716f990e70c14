/**
 * One value of a buildx option that takes attributes: `type=local,dest=cache`. A part with a comma, a
 * quote or a line break is quoted as Go's encoding/csv reads it.
 */
export function csvAttributes(
  attributes: readonly (readonly [name: string, value: string])[],
): string {
  return attributes
    .map(([name, value]) => `${name}=${value}`)
    .map((part) => (/[",\r\n]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part))
    .join(',');
}
