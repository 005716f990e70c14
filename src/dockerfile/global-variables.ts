import type {Diagnostic} from '../events/diagnostic.ts';
import {err, ok, type Result} from '../model/result.ts';
import {expandWord, type Variables} from './expand-word.ts';
import type {ParsedDockerfile} from './parse-dockerfile.ts';

const buildPlatformArgs = new Set([
  'BUILDPLATFORM',
  'BUILDOS',
  'BUILDARCH',
  'BUILDVARIANT',
  'BUILDOSVERSION',
]);

/** True for the automatic arguments whose value is only known to the machine that builds. */
export const isBuildPlatformArg = (name: string): boolean => buildPlatformArgs.has(name);

/**
 * The variables that FROM lines see: the automatic platform arguments, then the ARGs before the first
 * FROM in order, each one's build argument winning over its default (BuildKit: defaultArgs and
 * buildMetaArgs of dockerfile2llb). Fails when a default is not a valid expression.
 */
export function globalVariables(
  dockerfile: ParsedDockerfile,
  args: Readonly<Record<string, string>>,
  platform: string,
  targetStage: string,
): Result<Variables, readonly Diagnostic[]> {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  const given = new Map(Object.entries(args));
  const values = new Map<string, string>([
    ['TARGETPLATFORM', platform],
    ['TARGETOS', os],
    ['TARGETARCH', architecture],
    ['TARGETVARIANT', variant],
    ['TARGETSTAGE', targetStage],
  ]);
  for (const name of [...values.keys(), ...buildPlatformArgs]) {
    const value = given.get(name);
    if (value !== undefined) values.set(name, value);
  }
  const variables: Variables = (name) => values.get(name);
  for (const {name, value} of dockerfile.globalArgs) {
    const expanded = value === null ? null : expandWord(value, variables, dockerfile.escape);
    const own = given.get(name);
    if (own !== undefined) values.set(name, own);
    else if (expanded?.ok === true) values.set(name, expanded.value);
    else if (expanded?.ok === false) {
      const message = `${dockerfile.file}: default of ARG \`${name}\`: ${expanded.error}`;
      return err([{severity: 'error', code: 'invalid-arg', message}]);
    }
  }
  return ok(variables);
}
