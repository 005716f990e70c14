import type {InvalidMatrix} from '../events/failure.ts';
import type {Files} from '../ports/files.ts';
import {createFindings, type Locate, type Sourced} from './findings.ts';
import {joinPath} from './paths.ts';
import type {SecretSource} from './resolved-target.ts';

/** What the secrets of a plan are read from. */
export interface SecretPlaces {
  readonly files: Pick<Files, 'kind'>;
  /** Variables that are set, be it to nothing. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folder of matrix.yml, to which files are relative. */
  readonly root: string;
}

/**
 * Every secret whose variable is not set or whose file does not exist, each once; null when all are
 * there. buildx gives an empty secret for a variable that is not set, and stops at the first file.
 */
export async function missingSecrets(
  secrets: readonly Sourced<SecretSource>[],
  {files, variables, root}: SecretPlaces,
  locate: Locate,
): Promise<InvalidMatrix | null> {
  const findings = createFindings(locate);
  for (const {value, path} of secrets) {
    const {id, from, source} = value;
    const at = {path: path === null ? null : [...path, from]};
    if (from === 'env' && variables[source] === undefined) {
      findings.error('missing-secret', {
        ...at,
        message: `the variable \`${source}\` of secret \`${id}\` is not set`,
        suggestion: 'set it, to nothing if the build can do without',
      });
    }
    if (from !== 'file') continue;
    const file = joinPath(root, source);
    const kind = await files.kind(file);
    if (kind !== 'missing' && kind !== 'folder') continue;
    findings.error('missing-secret', {
      ...at,
      message: `the file \`${file}\` of secret \`${id}\` ${kind === 'missing' ? 'does not exist' : 'is a folder'}`,
      suggestion: '`file` is relative to matrix.yml',
    });
  }
  const diagnostics = findings.diagnostics();
  return diagnostics.length === 0 ? null : {reason: 'invalid-matrix', diagnostics};
}
