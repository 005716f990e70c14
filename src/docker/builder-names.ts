import {z} from 'zod';

/**
 * Arguments of `docker` that list the builders: a line of JSON for each, and for each of their nodes
 * the same line again (seen with buildx 0.29.1).
 */
export const listBuilders: readonly string[] = ['buildx', 'ls', '--format', '{{json .}}'];

const builder = z.object({Name: z.string()});

/** Names of the builders in the output of {@link listBuilders}; none of what is anything else. */
export function builderNames(output: string): readonly string[] {
  const names = output.split('\n').flatMap((line) => {
    try {
      const row = builder.safeParse(JSON.parse(line));
      return row.success ? [row.data.Name] : [];
    } catch {
      return [];
    }
  });
  return [...new Set(names)];
}
