/** The parts of a JSON Schema (draft-07) that zod makes of matrix.yml's schema. */
export interface JsonSchema {
  readonly type?: string | string[];
  readonly description?: string;
  readonly const?: string | number;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A chapter of the reference: the keys of one map. `*` in the path stands for any name or entry. */
interface Chapter {
  readonly title: string;
  readonly path: readonly string[];
  readonly intro: string;
}

const targetPath = ['images', '*', 'targets', '*'];

const chapters: readonly Chapter[] = [
  {title: 'The file', path: [], intro: ''},
  {
    title: 'An image',
    path: ['images', '*'],
    intro: '`images.IMAGE`: a repository name, and the targets that are stored in it.',
  },
  {
    title: 'A target',
    path: targetPath,
    intro:
      '`images.IMAGE.targets.TARGET`. `defaults`, `images.IMAGE.defaults` and `templates.NAME` take the same keys (only templates take `extends`, neither takes `name` and `matrix`). A value is looked for in this order: `--set`, the target, `extends` from the last to the first, the image’s `defaults`, the file’s `defaults`. Maps are merged key by key, and `null` takes a key out; lists and single values are replaced as a whole.',
  },
  {
    title: 'Matrix',
    path: [...targetPath, 'matrix'],
    intro:
      '`images.IMAGE.targets.TARGET.matrix`: every key besides these is an axis, a list of text, numbers or true/false.',
  },
  {title: 'Secrets', path: [...targetPath, 'secrets', '*'], intro: 'Each entry of `secrets`.'},
  {title: 'SSH', path: [...targetPath, 'ssh', '*'], intro: 'Each entry of `ssh`.'},
  {
    title: 'Cache',
    path: [...targetPath, 'cache'],
    intro: '`cache` is one of these maps, or a list of them.',
  },
  {
    title: 'Budget',
    path: [...targetPath, 'budget'],
    intro:
      'Sizes are a number of bytes, or text such as `3.5GB` (powers of 1000) and `512MiB` (powers of 1024). `stages.STAGE` takes the same keys besides `stages`.',
  },
  {
    title: 'Index',
    path: ['images', '*', 'indexes', '*'],
    intro: '`images.IMAGE.indexes.TAG` is a list of targets, or this map.',
  },
  {
    title: 'Registries',
    path: ['registries', '*'],
    intro: '`registries.NAME` is one of these maps.',
  },
  {
    title: 'Builders',
    path: ['builders', '*'],
    intro: 'Each entry of `builders` has `builder` or `endpoint`.',
  },
];

const preamble = `# matrix.yml, key by key

<!-- Generated from src/config/matrix-file.ts by tools/generate-schema.ts: edit it there. -->

\`build-matrix validate\` checks a file. Editors check it while you type, when it begins with

\`\`\`yaml
# yaml-language-server: $schema=node_modules/build-matrix/schema/matrix.schema.json
\`\`\`

- **Names** of images, targets, groups, templates, registries, variables and axes have letters, digits, \`_\`, \`.\` and \`-\`, and start with a letter or digit.
- **Placeholders** such as \`{version}\` or \`{matrix.cuda}\` stand for values in tags, arguments, labels, paths and other text; \`{{\` and \`}}\` are braces. YAML reads \`{\` at the start of a value as a map: put such text in quotes.
- **Numbers** are taken as they are written: \`cuda: [12.10]\` is \`12.10\`, not 12.1.
- **Aliases and merge keys** (\`*name\`, \`<<\`) work as in any YAML file; \`templates\` do the same with better error messages.
- A file has at most 512 KiB.
`;

/** The whole reference in Markdown. Throws when a chapter's path leads nowhere in `schema`. */
export function matrixReference(schema: JsonSchema): string {
  return [preamble, ...chapters.map((chapter) => chapterText(chapter, schema))].join('\n');
}

function chapterText({title, path, intro}: Chapter, root: JsonSchema): string {
  const shapes = shapesOf(step(root, path)).filter(({properties}) => properties);
  if (shapes.length === 0) throw new Error(`no map at ${path.join('.')}`);
  const tables = shapes.map((shape) => shapeText(shape, shapes.length > 1));
  return [`## ${title}`, ...(intro === '' ? [] : [intro]), ...tables].join('\n\n') + '\n';
}

function shapeText(shape: JsonSchema, named: boolean): string {
  const {type, ...others} = shape.properties ?? {};
  const isKind = named && type?.const !== undefined;
  const heading = isKind ? [`### \`type: ${type.const}\``, type.description ?? ''] : [];
  const keys = Object.entries(isKind ? others : (shape.properties ?? {}));
  if (keys.length === 0) return heading.join('\n\n');
  const rows = keys.map(([key, value]) => {
    const required = shape.required?.includes(key) ? ', required' : '';
    return `| \`${key}\` | ${typeText(value)}${required} | ${value.description ?? ''} |`;
  });
  return [...heading, ['| Key | Type | Meaning |', '|---|---|---|', ...rows].join('\n')].join(
    '\n\n',
  );
}

/** What the path leads to: through maps by any name, lists by any entry, and the last of several shapes. */
function step(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  for (const shape of shapesOf(schema)) {
    const {additionalProperties: anyKey, items, properties} = shape;
    const next = key === '*' ? (typeof anyKey === 'object' ? anyKey : items) : properties?.[key];
    if (next) return step(next, rest);
  }
  throw new Error(`no \`${path.join('.')}\` in the schema`);
}

/** The shapes that a value may have: one, unless the schema is a choice. */
function shapesOf(schema: JsonSchema): readonly JsonSchema[] {
  const choice = schema.anyOf ?? schema.oneOf;
  return choice ? choice.flatMap(shapesOf) : [schema];
}

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return [...new Set(choice.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeText({type})).join(', ');
  switch (schema.type) {
    case 'array':
      return `list of ${plural(typeText(schema.items ?? {}))}`;
    case 'object': {
      const value = schema.additionalProperties;
      return typeof value === 'object' && !schema.properties
        ? `map of ${plural(typeText(value))}`
        : 'map';
    }
    case 'string':
      return 'text';
    case 'boolean':
      return 'true/false';
    case 'integer':
      return 'whole number';
    case undefined:
      return 'anything';
    default:
      return schema.type;
  }
}

const plural = (type: string): string => type.replace(/^(map|list|number)\b/, '$1s');
