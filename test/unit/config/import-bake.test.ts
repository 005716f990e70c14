import {readFileSync} from 'node:fs';

import fc from 'fast-check';
import {expect, test} from 'vitest';

import {importBake, type ImportedBake} from '../../../src/config/import-bake.ts';
import {loadMatrix} from '../../../src/config/load-matrix.ts';
import type {TargetSpec} from '../../../src/config/matrix-file.ts';

function imported(json: unknown): ImportedBake {
  const result = importBake(json);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** What loadMatrix has against the text; empty when nothing. */
function problems(text: string): readonly string[] {
  const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(text));
  return loaded.ok
    ? []
    : loaded.error.diagnostics.map(({message, range}) => `${range?.text ?? ''}: ${message}`);
}

/** The text without the comment at its top. */
const body = ({text}: ImportedBake): string => text.slice(text.indexOf('\n\n') + 2);

const notes = ({leftOut}: ImportedBake): readonly string[] =>
  leftOut.map(
    ({target, attribute, value, reason}) => `${target ?? ''} ${attribute} ${value}: ${reason}`,
  );

test('what bake prints becomes images, targets, registries and groups', () => {
  const result = imported({
    group: {default: {targets: ['app', 'gpu']}},
    target: {
      app: {
        context: 'service',
        dockerfile: 'Dockerfile',
        args: {VERSION: '1.2', JSON: '{"a": 1}'},
        platforms: ['linux/amd64', 'linux/arm64'],
        tags: ['ghcr.io/acme/app:1.2', 'ghcr.io/acme/app:latest'],
      },
      gpu: {context: '.', contexts: {base: 'target:app'}, tags: ['ghcr.io/acme/app:1.2-gpu']},
    },
  });
  expect(result.leftOut).toEqual([]);
  expect(result.text).toBe(`# Made from a bake definition by \`build-matrix import bake\`.

version: 1
registries:
  ghcr: {type: ghcr, owner: acme}
groups:
  default: [app/app, app/gpu]
images:
  app:
    targets:
      app:
        context: service
        platforms: [linux/amd64, linux/arm64]
        args: {VERSION: "1.2", JSON: '{{"a": 1}}'}
        tags: ["1.2", latest]
        registries: [ghcr]
      gpu:
        contexts: {base: target:app}
        tags: [1.2-gpu]
        registries: [ghcr]
`);
});

test('what buildx 0.29.1 prints for a file with nearly everything loads, and the rest is listed', () => {
  const file = new URL(
    '../../fixtures/buildx-0.29.1-buildkit-0.32.2/bake-print.json',
    import.meta.url,
  );
  const result = imported(JSON.parse(readFileSync(file, 'utf8')));
  expect(problems(result.text)).toEqual([]);
  expect(notes(result)).toEqual([
    '_base dockerfile-inline "FROM scratch\\nLABEL a={b}": write it into a file, and name that as `dockerfile`',
    'app dockerfile-inline "FROM scratch\\nLABEL a={b}": write it into a file, and name that as `dockerfile`',
    'app output [{"type":"registry"}]: where results go is said by `build --push`, `--load` or `--output`',
    'app call "check": build-matrix always builds',
    'app tags "latest": a tag goes to every registry of its target: this one now to ecr as well',
    'app tags "latest": a tag goes to every registry of its target: this one now to ghcr as well',
    'gpu-12-4 output [{"dest":"out","type":"local"}]: where results go is said by `build --push`, `--load` or `--output`',
    'gpu-12-6 output [{"dest":"out","type":"local"}]: where results go is said by `build --push`, `--load` or `--output`',
    ' group default "all": a group cannot contain itself',
  ]);
  for (const {value} of result.leftOut) expect(result.text).toContain(value);
});

/** The one target that these attributes make. */
function targetOf(attributes: Readonly<Record<string, unknown>>): TargetSpec {
  const {text} = imported({target: {t: attributes}});
  const loaded = loadMatrix('matrix.yml', new TextEncoder().encode(text));
  if (!loaded.ok) throw new Error(problems(text).join('\n'));
  return JSON.parse(JSON.stringify(loaded.value.matrix.images['app']?.targets['t'])) as TargetSpec;
}

test.each<[string, Readonly<Record<string, unknown>>, object]>([
  [
    'annotations',
    {annotations: ['index,manifest:a=b=c']},
    {annotations: {'index,manifest:a': 'b=c'}},
  ],
  ['args', {args: {A: '1', B: null}}, {args: {A: '1', B: null}}],
  [
    'attest',
    {
      attest: [
        {type: 'provenance', mode: 'max'},
        {type: 'sbom', generator: 'x'},
      ],
    },
    {provenance: 'max', sbom: 'x'},
  ],
  [
    'attest, turned off',
    {attest: ['type=provenance,disabled=true', 'type=sbom,disabled=true']},
    {provenance: false, sbom: false},
  ],
  [
    'cache-from',
    {'cache-from': ['acme/app:old', 'type=gha,scope=x', {type: 'local', src: 'c'}]},
    {
      cache: [
        {type: 'registry', ref: 'acme/app:old', readOnly: true},
        {type: 'gha', scope: 'x', readOnly: true},
        {type: 'local', path: 'c', readOnly: true},
      ],
    },
  ],
  [
    'cache-to',
    {'cache-to': [{type: 'local', dest: 'c', mode: 'max'}, 'type=inline']},
    {cache: [{type: 'local', path: 'c', mode: 'max'}, {type: 'inline'}]},
  ],
  [
    'a cache that is read and written',
    {'cache-from': ['type=gha'], 'cache-to': ['type=gha,mode=max']},
    {cache: [{type: 'gha', mode: 'max'}]},
  ],
  ['call, as usual', {call: 'build'}, {}],
  ['context', {context: 'a{b}'}, {context: 'a{{b}}'}],
  ['context, as usual', {context: '.'}, {}],
  [
    'contexts',
    {contexts: {a: 'docker-image://alpine', b: '../b'}},
    {contexts: {a: 'docker-image://alpine', b: '../b'}},
  ],
  ['description', {description: 'x'}, {description: 'x'}],
  ['dockerfile', {dockerfile: 'd/Dockerfile'}, {dockerfile: 'd/Dockerfile'}],
  ['entitlements', {entitlements: ['network.host']}, {allow: ['network.host']}],
  ['extra-hosts', {'extra-hosts': {a: '10.0.0.1'}}, {addHosts: {a: '10.0.0.1'}}],
  ['labels', {labels: {a: 'b'}}, {labels: {a: 'b'}}],
  ['network', {network: 'none'}, {network: 'none'}],
  ['no-cache', {'no-cache': true}, {noCache: true}],
  ['no-cache-filter', {'no-cache-filter': ['s']}, {noCacheStages: ['s']}],
  ['platforms', {platforms: ['linux/arm64']}, {platforms: ['linux/arm64']}],
  ['pull', {pull: true}, {pull: true}],
  [
    'secret',
    {secret: [{id: 'a', env: 'A'}, {id: 'b', src: 'f'}, 'id=c,type=env,src=C', 'id=D']},
    {
      secrets: [
        {id: 'a', env: 'A'},
        {id: 'b', file: 'f'},
        {id: 'c', env: 'C'},
        {id: 'D', env: 'D'},
      ],
    },
  ],
  ['shm-size', {'shm-size': '64m'}, {shmSize: '64m'}],
  [
    'ssh',
    {ssh: ['default', {id: 'k', paths: ['a', 'b']}]},
    {ssh: [{id: 'default'}, {id: 'k', keys: ['a', 'b']}]},
  ],
  ['target', {target: 'runtime'}, {stage: 'runtime'}],
  ['ulimits', {ulimits: ['nofile=1024:2048']}, {ulimits: {nofile: '1024:2048'}}],
])('%s is carried over', (_name, attributes, target) => {
  // No tag is one that bake does not have, either.
  expect(targetOf(attributes)).toEqual({...target, tags: []});
});

test('caches keep their order, and a local one its folder where it has one of its own', () => {
  const own = 'cache/app/t';
  const result = imported({
    target: {
      t: {
        'cache-from': ['type=gha,scope=x', `type=local,src=${own}`, 'acme/app:old'],
        'cache-to': [
          `type=local,dest=${own},ignore-error=true`,
          'type=gha,scope=y,ignore-error=false',
          {type: 'local', dest: 'shared'},
        ],
      },
    },
  });
  expect(body(result)).toContain(`cache:
          - {type: gha, scope: x, readOnly: true}
          - {type: local, path: cache}
          - {type: registry, ref: acme/app:old, readOnly: true}
          - {type: gha, scope: y}
          - {type: local, path: shared}
`);
  expect(notes(result)).toEqual([
    't cache-to {"ignore-error":"false"}: matrix.yml has no such setting of gha',
    't cache "shared": a local cache is in a folder of the target’s own, here `shared/app/t`',
  ]);
  expect(problems(result.text)).toEqual([]);
});

test.each([
  ['dockerfile-inline', 'FROM scratch', 'write it into a file, and name that as `dockerfile`'],
  ['call', 'check', 'build-matrix always builds'],
  ['inherits', ['a'], '`bake --print` has resolved it'],
  ['matrix', {a: ['b']}, '`bake --print` has expanded it'],
  ['name', 'x', '`bake --print` has expanded it'],
  ['output', ['type=docker'], 'where results go is said by `build --push`, `--load` or `--output`'],
  ['policy', ['p.rego'], 'build-matrix has no source policies'],
  ['resources', {memory: '1g'}, 'build-matrix has no resource limits'],
  ['platforms', ['linux/amd46'], 'matrix.yml cannot hold it: unknown platform `linux/amd46`'],
  ['ulimits', 'nofile', 'build-matrix does not understand this value'],
  ['secret', 5, 'build-matrix does not understand this value'],
  ['tags', 'a b', 'this is no image reference'],
  ['colour', 'red', 'build-matrix does not know this attribute'],
  ['constructor', 'red', 'build-matrix does not know this attribute'],
])('%s: %j is left out, and said so', (attribute, value, reason) => {
  const result = imported({target: {t: {[attribute]: value}}});
  expect(result.leftOut).toEqual([{target: 't', attribute, value: JSON.stringify(value), reason}]);
  expect(problems(result.text)).toEqual([]);
});

test.each([
  ['acme/app:1', 'hub: {type: docker-hub, namespace: acme}'],
  ['ghcr.io/acme/team/app', 'ghcr: {type: ghcr, owner: acme}'],
  ['public.ecr.aws/acme/app', 'ecr-public: {type: ecr-public, alias: acme}'],
  ['localhost:5000/app', 'local: {type: oci, url: http://localhost:5000}'],
  [
    'registry.example.com/team/app',
    'example: {type: oci, url: registry.example.com, namespace: team}',
  ],
])('%s goes to the registry %s', (tag, registry) => {
  const result = imported({target: {t: {tags: [tag]}}});
  expect(body(result)).toContain(`registries:\n  ${registry}\n`);
  expect(problems(result.text)).toEqual([]);
});

test('targets are put together by repository, and linked across images', () => {
  const result = imported({
    target: {
      a: {tags: ['acme/one:1'], contexts: {x: 'target:b', y: 'target:base', z: 'target:none'}},
      b: {tags: ['acme/two:1']},
      base: {},
    },
  });
  expect(notes(result)).toEqual([
    'a contexts {"z":"target:none"}: there is no such target in the bake definition',
  ]);
  expect(body(result)).toBe(`version: 1
registries:
  hub: {type: docker-hub, namespace: acme}
images:
  one:
    targets:
      a:
        # left out: contexts {"z":"target:none"}
        #   there is no such target in the bake definition
        contexts: {x: target:two/b, y: target:base}
        tags: ["1"]
        registries: [hub]
      base:
        tags: []
  two:
    targets:
      b:
        tags: ["1"]
        registries: [hub]
`);
});

test('a tag of two targets stays with the first, and a second repository is left out', () => {
  const result = imported({
    target: {a: {tags: ['acme/app:1', 'acme/other:1']}, b: {tags: ['acme/app:1', 'acme/app:2']}},
  });
  expect(notes(result)).toEqual([
    'a tags "acme/other:1": an image has one repository, here `app`',
    'b tags "1": it belongs to a already; `indexes` join targets under one tag',
  ]);
});

test.each([null, [], 'x', {}, {target: {}}, {target: {a: 1}}, {group: 1, target: {a: {}}}])(
  '%j is no bake definition',
  (json) => {
    expect(importBake(json).ok).toBe(false);
  },
);

test.each([
  ['{"target": {"a": 5}}', '`target.a` is no map'],
  ['{"target": {"a": {}}, "group": {"g": {"targets": "a"}}}', '`group.g.targets` is no list'],
  [
    '{"target": {"a": {}, "__proto__": {}}}',
    'nothing can be called `__proto__`, as `target.__proto__` is',
  ],
])('%s is refused by name', (text, error) => {
  expect(importBake(JSON.parse(text))).toEqual({ok: false, error});
});

test('whatever stands in a bake definition, the matrix.yml made of it loads', () => {
  const attribute = fc.constantFrom(
    ...['annotations', 'args', 'attest', 'cache-from', 'cache-to', 'context', 'contexts', 'labels'],
    ...[
      'network',
      'output',
      'platforms',
      'secret',
      'ssh',
      'tags',
      'ulimits',
      'shm-size',
      'target',
      'x',
    ],
  );
  const text = fc.oneof(
    fc.string({maxLength: 8}),
    fc.constantFrom(
      'type=gha,scope=a',
      'acme/app:1',
      'ghcr.io/a/b',
      'linux/amd64',
      'target:a',
      'id=a,src=b',
      'a=b',
      '{a}',
      '12.10',
      '*a',
      '- a: b',
      '#c',
      '__proto__',
    ),
  );
  const value = fc.oneof(
    text,
    fc.array(text, {maxLength: 3}),
    fc.dictionary(text, text, {maxKeys: 3}),
    fc.jsonValue({maxDepth: 2}),
  );
  const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,6}$/);
  const definition = fc.record({
    group: fc.dictionary(name, fc.record({targets: fc.array(name, {maxLength: 3})}), {maxKeys: 3}),
    target: fc.dictionary(name, fc.dictionary(attribute, value, {maxKeys: 5}), {
      minKeys: 1,
      maxKeys: 4,
    }),
  });
  fc.assert(
    fc.property(definition, (json) => {
      expect(problems(imported(json).text)).toEqual([]);
    }),
    {numRuns: 500},
  );
}, 30_000);

test('what bake escapes in its output is undone, and only that', () => {
  // As buildx 0.29.1 prints it: values of five attributes are escaped, keys and all else are not.
  const result = imported({
    target: {
      app: {
        args: {A: 'x$${Y} $$$${Z} $$$$${Z} %%{if} %%%%{x} $5 $$ %% plain', 'B$${k}': '1', C: null},
        annotations: ['k=$${a}'],
        labels: {'l${k}': '$${Q}'},
        'extra-hosts': {h: '$${E}'},
        'dockerfile-inline': 'FROM $${X}',
        'cache-from': [{type: 'gha', scope: '$${p}'}],
        contexts: {c: './$${Y}'},
        tags: ['foo:1'],
      },
    },
  });
  expect(problems(result.text)).toEqual([]);
  // `{{` is matrix.yml's own way to write a brace; keys have no placeholders.
  expect(body(result)).toContain(
    'A: x${{Y}} $$${{Z}} $$$${{Z}} %{{if}} %%%{{x}} $5 $$ %% plain\n          B$${k}: "1"',
  );
  expect(body(result)).toContain('annotations: {k: "${{a}}"}');
  expect(body(result)).toContain('labels: {"l${k}": "${{Q}}"}');
  expect(body(result)).toContain('addHosts: {h: "${{E}}"}');
  expect(body(result)).toContain('scope: "$${{p}}"');
  expect(body(result)).toContain('contexts: {c: "./$${{Y}}"}');
  expect(notes(result)).toEqual([
    'app dockerfile-inline "FROM ${X}": write it into a file, and name that as `dockerfile`',
  ]);
});

test('an attribute `__proto__` is left out and told like any that is not known', () => {
  const json: unknown = JSON.parse(
    '{"target": {"app": {"args": {"A": "1"}, "__proto__": {"a": 1}}}}',
  );
  const result = imported(json);
  expect(notes(result)).toEqual([
    'app __proto__ {"a":1}: build-matrix does not know this attribute',
  ]);
  expect(body(result)).toContain('args: {A: "1"}');
});
