import type {InvalidMatrixFile} from '../config/load-matrix.ts';
import type {InvalidMatrix} from '../events/failure.ts';
import {createFindings, type Locate} from './findings.ts';
import type {PlanInput} from './make-plan.ts';
import {readOptions} from './read-options.ts';
import {resolveMatrix} from './resolve-matrix.ts';

/** What a plan is made of besides the file. */
export type PlanFacts = Omit<PlanInput, 'matrix' | 'locate'>;

/**
 * The errors of a matrix.yml that loading found, and with them those of what is left of it: names,
 * placeholders, tags, Dockerfiles. Says nothing that may follow from what is missing.
 */
export async function checkValidPart(
  {diagnostics, rest}: InvalidMatrixFile,
  facts: PlanFacts,
): Promise<InvalidMatrix> {
  const known: InvalidMatrix = {reason: 'invalid-matrix', diagnostics};
  if (rest === null) return known;
  const {matrix, incomplete, source} = rest;
  const read = readOptions(facts.options, matrix.vars, facts.git);
  if (!read.ok) return known;
  const locate: Locate = (path) => source.locate(path);
  const found = createFindings(locate);
  await resolveMatrix({...facts, matrix, locate}, read.value, found);
  const all = createFindings(locate);
  all.add(diagnostics);
  all.add(
    found
      .diagnostics()
      .filter(
        ({severity, code}) =>
          severity === 'error' && !sectionsOf[code]?.some((section) => incomplete.has(section)),
      ),
  );
  return {...known, diagnostics: all.diagnostics()};
}

/** By code of error: the sections without whose names it may be no error at all. */
const sectionsOf: Readonly<Record<string, readonly string[]>> = {
  'unknown-target': ['images', 'groups'],
  'unknown-registry': ['registries'],
  // Where images go is not known without their registries.
  'duplicate-tag': ['registries'],
  'index-registries': ['registries'],
};
