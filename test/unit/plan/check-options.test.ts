import {expect, test} from 'vitest';

import {goodPlan, optionValues, planFailure, planWarnings} from './plan-rig.ts';

const yaml = (keys: string): string => `images: {face: {targets: {cpu: {${keys}}}}}`;
const secretRemedy =
  'help: leave them out, and give the token as the secret `GIT_AUTH_TOKEN` (`secrets: [{id: GIT_AUTH_TOKEN, env: GIT_AUTH_TOKEN}]`); or clone it with a git credential helper, and name the folder';

test.each([
  ['context: "https://me:hunter2@host/x"', 'https://**********@host/x'],
  ['context: "https://hunter2@host/x"', 'https://*******@host/x'],
  ['contexts: {src: "ssh://git:hunter2@host/x"}', 'ssh://***********@host/x'],
])('%s is refused, and nobody sees the password', async (keys, shown) => {
  const failure = await planFailure({yaml: yaml(keys)});
  expect(failure).toContain(
    `error: the context \`${shown}\` holds credentials, which everything that names it would show\n`,
  );
  expect(failure).toContain('--> matrix.yml:2:');
  expect(failure).toContain(secretRemedy);
  expect(failure).not.toContain('hunter2');
});

test.each([
  [['cpu.context=https://me:hunter2@host/x'], 'error: the context `https://**********@host/x`'],
  [['cqu.context=https://me:hunter2@host/x'], '--set cqu.context=https://**********@host/x: no'],
  [['cpu.contxt=https://me:hunter2@host/x'], '--set cpu.contxt=https://**********@host/x: unkn'],
  [['vars.x=https://me:hunter2@host/x'], '--set vars.x=https://**********@host/x: no variable'],
])('--set %s is refused, and nobody sees the password', async (set, message) => {
  const failure = await planFailure({yaml: yaml(''), options: {set}});
  expect(failure).toContain(message);
  expect(failure).not.toContain('hunter2');
});

test.each([
  ['registries: {r: {type: oci, url: "https://me:hunter2@host"}}', 'host'],
  ['registries: {r: {type: oci, url: "me:hunter2@host:5000/team"}}', 'host:5000'],
  ['mirrors: {docker.io: "me:hunter2@host/hub"}', 'host'],
])('%s is refused, and nobody sees the password', async (registry, host) => {
  const failure = await planFailure({yaml: `${yaml('')}\n${registry}`});
  expect(failure).toContain('error: a registry is written without credentials\n');
  expect(failure).toContain(`help: write \`${host}\`, and run \`docker login ${host}\``);
  expect(failure).toContain('--> matrix.yml:3:');
  expect(failure).not.toContain('hunter2');
});

test('registries and mirrors on the command line hide the password, too', async () => {
  const options = [{registries: ['me:hunter2@host.example']}, {mirrors: {x: 'me:hunter2@host'}}];
  for (const one of options) {
    const failure = await planFailure({yaml: yaml(''), options: one});
    expect(failure).toContain(': a registry is written without credentials\n');
    expect(failure).not.toContain('hunter2');
  }
});

test.each([
  ['a Dockerfile line', 'cpu: {stage: x}', 'FROM x\nRUM curl https://me:hunter2@host\n'],
  ['the name of a Dockerfile', 'cpu: {dockerfile: "https://me:hunter2@host/Dockerfile"}', ''],
  ['a value of the wrong type', 'cpu: {platforms: "https://me:hunt/er2@host/x"}', ''],
  ['a name', 'cpu: {extends: "https://me:hunter2@host/x"}', ''],
  ['an unknown key', 'cpu: {"https://me:hunter2@host/x": 1}', ''],
])('%s hides the password, too', async (_what, target, dockerfile) => {
  const failure = await planFailure({
    yaml: `images: {face: {targets: {${target}}}}`,
    files: {Dockerfile: dockerfile},
  });
  expect(failure).toContain('https://**');
  expect(failure).not.toMatch(/hunt/);
});

test('URLs with credentials in arguments and labels are told, and hidden', async () => {
  const warnings = await planWarnings({
    yaml: yaml(
      'args: {PIP_INDEX_URL: "https://me:hunter2@host/simple"}, labels: {src: "https://hunter2@host"}, annotations: {"manifest:src": "https://host"}',
    ),
    files: {Dockerfile: 'FROM scratch\nARG PIP_INDEX_URL\n'},
  });
  expect(warnings).toContain(
    'warning: build argument `PIP_INDEX_URL` is a URL with credentials, and arguments are stored in the image and its provenance\n',
  );
  expect(warnings).toContain(
    'help: use `secrets: [{id: pip_index_url, env: PIP_INDEX_URL}]` and `RUN --mount=type=secret,id=pip_index_url`',
  );
  expect(warnings).toContain(
    'warning: label `src` is a URL with credentials, and everybody can read it\n',
  );
  expect(warnings).not.toContain('warning: annotation');
  expect(warnings).not.toContain('hunter2');
});

test('a user of ssh is no secret', async () => {
  const {plan} = await goodPlan({yaml: yaml('context: "ssh://git@host/x.git"')});
  expect(plan.targets[0]?.context).toBe('ssh://git@host/x.git');
});

test.each(['args', 'labels', 'annotations', 'contexts', 'addHosts', 'ulimits'])(
  'a key of %s with `=` is located',
  async (map) => {
    const failure = await planFailure({yaml: yaml(`${map}: {"a=b": "1"}`)});
    expect(failure).toContain('error: invalid name `a=b`\n');
    expect(failure).toContain(`--> matrix.yml:2:${String(36 + map.length)}`);
  },
);

test.each(['a b', '', 'a\\tb'])('a build argument cannot be called "%s"', async (name) => {
  const failure = await planFailure({yaml: yaml(`args: {"${name}": "1"}`)});
  expect(failure).toContain(
    'help: a build argument has a name without `=`, blanks and control characters',
  );
});

test('a label may have blanks in its key', async () => {
  const made = await goodPlan({yaml: yaml('labels: {"a b": "1"}')});
  expect(optionValues(made, 'face/cpu', '--label')).toContain('a b=1');
});

test('addresses of hosts are IP addresses', async () => {
  const hosts = 'addHosts: {a: "10.0.0.7", b: "::1", c: "[::1]", d: host-gateway}';
  await goodPlan({yaml: yaml(hosts)});
  const failure = await planFailure({yaml: yaml('addHosts: {h: zz}')});
  expect(failure).toContain('error: `zz` is not an address\n');
  expect(failure).toContain('help: write an IP address such as `10.0.0.7`, or `host-gateway`');
});

test('annotations have levels that buildx knows', async () => {
  const known =
    '"index,manifest[linux/amd64]:a": x, "manifest-descriptor:b": x, "org.example:c": x, d: x';
  await goodPlan({yaml: yaml(`annotations: {${known}}`)});
  const failure = await planFailure({yaml: yaml('annotations: {"index,bogus:z": x}')});
  expect(failure).toContain('error: annotation `index,bogus:z` has the unknown level `bogus`\n');
  expect(failure).toContain('help: levels: manifest, index, manifest-descriptor, index-descriptor');
});

test.each(['images: {}', 'images: {face: {targets: {}}}'])(
  '%s has no target, and that is what is said',
  async (images) => {
    const failure = await planFailure({
      yaml: `groups: {default: ["*"]}\n${images}`,
      options: {selectors: ['*']},
    });
    expect(failure).toContain('error: there is no target, so that nothing would be built\n');
    expect(failure).toContain('--> matrix.yml:3:');
    expect(failure).not.toContain('is called');
  },
);

test('a cache is kept under a valid reference, and nobody sees its password', async () => {
  const failure = await planFailure({
    yaml: yaml(
      'cache: [{type: registry, ref: "me:hunter2@host/x"}, {type: registry, ref: host/Big}]',
    ),
  });
  expect(failure).toContain('error: invalid image `**********@host/x`: ');
  expect(failure).toContain('error: invalid image `host/Big`: ');
  expect(failure).not.toContain('hunter2');
});

test('annotations of an index need one', async () => {
  const keys = 'platforms: [linux/amd64], annotations: {"index,manifest:a": x, "manifest:b": x}';
  const failure = await planFailure({yaml: yaml(`provenance: false, ${keys}`)});
  expect(failure).toContain(
    'error: annotation `index,manifest:a` is for an index, which an image of one platform without attestations does not have\n',
  );
  expect(failure).toContain('help: set `provenance: min`, or annotate the `manifest`');
  expect(failure).not.toContain('annotation `manifest:b`');

  const codes = async (more: string) =>
    (await goodPlan({yaml: yaml(`${more}, ${keys}`)})).warnings.map(({code}) => code);
  expect(await codes('sbom: false')).toContain('no-index');
  expect(await codes('sbom: true')).not.toContain('no-index');
  expect(await codes('provenance: min')).not.toContain('no-index');
  const several = 'platforms: [linux/amd64, linux/arm64], annotations: {"index-descriptor:a": x}';
  await goodPlan({yaml: yaml(`provenance: false, ${several}`)});
  const one = await goodPlan({yaml: yaml(several), options: {platforms: ['linux/arm64']}});
  expect(one.warnings.map(({code}) => code)).toEqual(['no-index']);
});

test.each([
  [{kind: 'load'} as const, ['no-index']],
  // buildx adds provenance to what is pushed.
  [{kind: 'push'} as const, []],
])('annotations of an index and the output %o', async (output, codes) => {
  const {warnings} = await goodPlan({
    yaml: yaml('annotations: {"index:a": x}'),
    options: {output, registries: ['localhost:5000']},
  });
  expect(warnings.map(({code}) => code)).toEqual(codes);
});
