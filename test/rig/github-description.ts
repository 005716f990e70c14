import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {Ajv, type ValidateFunction} from 'ajv';

type Tree = Readonly<Record<string, unknown>>;

interface Operation {
  readonly requestBody?: {readonly content: Readonly<Record<string, {readonly schema: Tree}>>};
  readonly responses: Readonly<Record<string, Tree>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Tree>>>>;
}

const description = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/github-openapi.json'), 'utf8'),
) as Description;

/** OpenAPI 3.0 is a dialect: `nullable` is known to ajv, `example` and the like are not. */
const ajv = new Ajv({strict: false, validateFormats: false, allErrors: true});
ajv.addSchema({$id: 'github', ...description});

const compiled = new Map<string, ValidateFunction>();

function validator(pointer: string): ValidateFunction {
  const known = compiled.get(pointer);
  if (known !== undefined) return known;
  const made = ajv.compile({$ref: `github#${pointer}`});
  compiled.set(pointer, made);
  return made;
}

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** The path of GitHub's description that a request is for, and the values in it. */
export interface Route {
  readonly template: string;
  readonly values: readonly string[];
}

export function routeOf(method: string, path: string): Route | undefined {
  const candidates = Object.entries(description.paths).flatMap(([template, methods]) => {
    if (methods[method.toLowerCase()] === undefined) return [];
    const pattern = template.replaceAll(/\{[^}]+\}/g, '([^/]+)');
    const match = new RegExp(`^${pattern}$`).exec(path);
    return match === null ? [] : [{template, values: match.slice(1).map(decodeURIComponent)}];
  });
  // `/releases/generate-notes` before `/releases/{release_id}`.
  return candidates.toSorted((a, b) => a.values.length - b.values.length)[0];
}

/** What GitHub's description has against the body of a request; unknown names are told, too. */
export function requestProblems(
  method: string,
  {template}: Route,
  body: unknown,
): readonly string[] {
  const operation = description.paths[template]?.[method.toLowerCase()];
  const schema = operation?.requestBody?.content['application/json']?.schema;
  if (schema === undefined) return [];
  const pointer = `/paths/${escaped(template)}/${method.toLowerCase()}/requestBody/content/application~1json/schema`;
  const validate = validator(pointer);
  const wrong = validate(body) ? [] : (validate.errors ?? []).map(textOf);
  const known = Object.keys((schema['properties'] as Tree | undefined) ?? {});
  const unknown = Object.keys(body as object).filter((name) => !known.includes(name));
  return [...wrong, ...unknown.map((name) => `/${name} is not known`)];
}

/** What it has against an answer. */
export function answerProblems(
  method: string,
  {template}: Route,
  status: number,
  body: unknown,
): readonly string[] {
  const operation = description.paths[template]?.[method.toLowerCase()];
  const answer = operation?.responses[String(status)];
  if (answer === undefined) return [`status ${status} is not described`];
  const reference = answer['$ref'];
  const base =
    typeof reference === 'string'
      ? reference.slice(1)
      : `/paths/${escaped(template)}/${method.toLowerCase()}/responses/${status}`;
  const response = (
    typeof reference === 'string'
      ? description.components['responses']?.[reference.split('/').at(-1) ?? '']
      : answer
  ) as {readonly content?: Tree} | undefined;
  if (response?.content?.['application/json'] === undefined) return [];
  const validate = validator(`${base}/content/application~1json/schema`);
  return validate(body) ? [] : (validate.errors ?? []).map(textOf);
}

const textOf = ({instancePath, message}: {instancePath: string; message?: string}): string =>
  `${instancePath} ${message ?? ''}`;

/** The least that the schema with this name allows; what matters is for the caller to set. */
export function leastOf(name: string): Tree {
  return leastValue({$ref: `#/components/schemas/${name}`}) as Tree;
}

function leastValue(schema: Tree): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const [, , kind = '', name = ''] = reference.split('/');
    return leastValue(description.components[kind]?.[name] ?? {});
  }
  if (schema['nullable'] === true) return null;
  const options = (schema['oneOf'] ?? schema['anyOf'] ?? schema['allOf']) as
    readonly Tree[] | undefined;
  if (options !== undefined) return leastValue(options[0] ?? {});
  const values = schema['enum'] as readonly unknown[] | undefined;
  if (values !== undefined) return values[0];
  switch (schema['type']) {
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Tree>>;
      const required = (schema['required'] ?? []) as readonly string[];
      return Object.fromEntries(required.map((key) => [key, leastValue(properties[key] ?? {})]));
    }
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return '';
  }
}
