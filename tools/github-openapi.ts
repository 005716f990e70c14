/**
 * Writes test/fixtures/github-openapi.json: of GitHub's own description of its API the paths that
 * build-matrix uses, without prose. The description (13 MB) is `generated/api.github.com.json` of the
 * package @octokit/openapi, which is not a dependency: fetch it elsewhere (`npm pack`), and run
 *
 *   node tools/github-openapi.ts PATH/TO/api.github.com.json
 */
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

const paths: Readonly<Record<string, readonly string[]>> = {
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/releases': ['get', 'post'],
  '/repos/{owner}/{repo}/releases/generate-notes': ['post'],
  '/repos/{owner}/{repo}/releases/tags/{tag}': ['get'],
  '/repos/{owner}/{repo}/releases/assets/{asset_id}': ['get', 'delete'],
  '/repos/{owner}/{repo}/releases/{release_id}': ['get', 'patch', 'delete'],
  '/repos/{owner}/{repo}/releases/{release_id}/assets': ['post'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['patch', 'delete'],
};

type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};
type Tree = Readonly<Record<string, Json>>;

/** Prose, and what only documentation needs. */
const dropped = new Set([
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'title',
  'tags',
  'x-github',
  'x-webhook',
  'deprecated',
  'servers',
]);

/** `isNames`: the keys are names of the API, not words of OpenAPI. */
function withoutProse(value: Json, isNames = false): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withoutProse(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Tree)
      .filter(([key]) => isNames || !dropped.has(key))
      .map(([key, one]) => [key, withoutProse(one, !isNames && key === 'properties')]),
  );
}

/** Every `$ref` below. */
function refsIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: Json) => refsIn(one));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Tree).flatMap(([key, one]) =>
    key === '$ref' && typeof one === 'string' ? [one] : refsIn(one),
  );
}

async function main(file: string): Promise<void> {
  const whole = JSON.parse(await readFile(file, 'utf8')) as Tree;
  const all = whole['paths'] as Readonly<Record<string, Tree>>;
  const used = Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        methods.map((method) => [method, withoutProse(all[path]?.[method] ?? null)]),
      ),
    ]),
  );
  const components: Record<string, Record<string, Json>> = {};
  const waiting = [...refsIn(used)];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    const [, , kind = '', name = ''] = ref.split('/');
    if (kind === 'examples' || components[kind]?.[name] !== undefined) continue;
    const found = (whole['components'] as Readonly<Record<string, Tree>>)[kind]?.[name] ?? null;
    const plain = withoutProse(found);
    components[kind] = {...components[kind], [name]: plain};
    waiting.push(...refsIn(plain));
  }
  const {openapi = null, info} = whole;
  const {version = null, license = null} = info as Tree;
  const subset = {openapi, info: {version, license}, paths: used, components};
  const target = join(import.meta.dirname, '../test/fixtures/github-openapi.json');
  await writeFile(target, `${JSON.stringify(subset)}\n`);
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('name the file api.github.com.json of @octokit/openapi');
await main(file);
