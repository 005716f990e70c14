import type {ValidPart} from '../config/valid-part.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import {createFindings} from './findings.ts';
import type {PlanInput} from './make-plan.ts';
import {readOptions} from './read-options.ts';
import {resolveMatrix} from './resolve-matrix.ts';

/**
 * The errors of a matrix.yml that loading found (`known`), and with them those of what is left of it:
 * names, placeholders, tags, Dockerfiles. Says nothing that may follow from what is missing.
 */
export async function checkValidPart(
  {matrix, incomplete}: ValidPart,
  known: readonly Diagnostic[],
  input: Omit<PlanInput, 'matrix'>,
): Promise<readonly Diagnostic[]> {
  const read = readOptions(input.options, matrix.vars, input.git);
  if (!read.ok) return known;
  const findings = createFindings(input.locate);
  await resolveMatrix({...input, matrix}, read.value, findings);
  const all = createFindings(input.locate);
  all.add(known);
  all.add(
    findings
      .diagnostics()
      .filter(
        ({severity, code}) =>
          severity === 'error' && !sectionsOf[code]?.some((section) => incomplete.has(section)),
      ),
  );
  return all.diagnostics();
}

/** By code of error: the sections without whose names it may be no error at all. */
const sectionsOf: Readonly<Record<string, readonly string[]>> = {
  'unknown-target': ['images', 'groups'],
  'unknown-placeholder': ['vars'],
  'unknown-registry': ['registries'],
  // Without their registries two references may look alike.
  'duplicate-tag': ['registries'],
};
