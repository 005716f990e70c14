import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

import {execa} from 'execa';

import {goTool} from '../../tools/engine/go-tools.ts';
import {engineEnvironment} from '../../tools/engine/environment.ts';

const root = join(import.meta.dirname, '../..');

/** The commit of actions/checkout that the workflows here name, and for which there is a stand-in. */
export const pinnedCheckout = '3d3c42e5aac5ba805825da76410c181273ba90b1';

/**
 * A checkout whose workflows are run by act on this machine: expressions, matrices, needs, outputs
 * and environment files are act's. Actions of others cannot be fetched here; what they would do is
 * done by stand-ins: artifacts and caches are folders.
 */
export interface WorkflowRig {
  readonly folder: string;
  /** Files that were uploaded as artifacts, by `NAME/PATH`. */
  readonly artifacts: string;
  run(event: string, options?: RunOptions): Promise<WorkflowEnd>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly payload?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface WorkflowEnd {
  readonly exitCode: number | undefined;
  readonly log: string;
}

/** What an action of others does here, as the steps of a composite action. */
const standIns: Readonly<Record<string, string>> = {
  // act has put the checkout in place.
  'actions/checkout': 'if [ "$INPUT_PATH" != "" ]; then ln -s "$RIG/tool" "$INPUT_PATH"; fi',
  'actions/setup-node': ':',
  'actions/github-script': ':',
  'actions/upload-artifact':
    'mkdir -p "$RIG/artifacts/$INPUT_NAME" && cp -R "$INPUT_PATH/." "$RIG/artifacts/$INPUT_NAME"',
  'actions/download-artifact':
    'mkdir -p "$INPUT_PATH" && for one in "$RIG"/artifacts/$INPUT_PATTERN; do if [ -d "$one" ]; then cp -R "$one" "$INPUT_PATH"; fi; done',
  'actions/cache/restore':
    'for one in "$RIG/cache/$INPUT_KEY"*; do if [ -f "$one" ]; then mkdir -p "$(dirname "$INPUT_PATH")"; cp "$one" "$INPUT_PATH"; fi; done',
  'actions/cache/save': 'mkdir -p "$RIG/cache" && cp "$INPUT_PATH" "$RIG/cache/$INPUT_KEY"',
  'docker/setup-qemu-action': ':',
  'docker/setup-buildx-action': ':',
  'docker/login-action': 'echo "login $INPUT_REGISTRY" >> "$RIG/logins"',
  'aws-actions/configure-aws-credentials': 'echo "assume $INPUT_ROLE" >> "$RIG/logins"',
};

const inputsOfStandIns = ['path', 'name', 'pattern', 'key', 'registry', 'role-to-assume'];

function standIn(script: string): string {
  const inputs = inputsOfStandIns.map((name) => `  ${name}: {default: ''}`);
  const env = inputsOfStandIns.map((name) => {
    const variable = name === 'role-to-assume' ? 'ROLE' : name.toUpperCase();
    return `        INPUT_${variable}: \${{ inputs.${name} }}`;
  });
  return `name: stand-in
inputs:
${inputs.join('\n')}
runs:
  using: composite
  steps:
    - shell: bash
      env:
${env.join('\n')}
      run: ${JSON.stringify(script)}
`;
}

/** Makes a checkout with `files` and the workflows of this repository; `{root}` names the action. */
export async function workflowRig(files: Readonly<Record<string, string>>): Promise<WorkflowRig> {
  const home = await mkdtemp(join(tmpdir(), 'bm-'));
  const folder = join(home, 'checkout');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(home, path)), {recursive: true});
    await writeFile(join(home, path), text);
  };
  for (const [path, text] of Object.entries(files)) await write(`checkout/${path}`, text);
  const workflow = await readFile(join(root, '.github/workflows/build-images.yml'), 'utf8');
  await write('checkout/.github/workflows/build-images.yml', workflow);
  const action = await readFile(join(root, 'action.yml'), 'utf8');
  await write('tool/action.yml', action);
  for (const name of ['src', 'node_modules', 'package.json']) {
    await symlink(join(root, name), join(home, 'tool', name));
  }
  const repositories = new Map<string, string>([['acme/build-matrix@v1', join(home, 'tool')]]);
  for (const [, name = '', digest = ''] of `${workflow}${action}`.matchAll(
    /uses: ([\w./-]+)@([0-9a-f]{40})/g,
  )) {
    const script = standIns[name];
    if (script === undefined) throw new Error(`there is no stand-in for ${name}`);
    const [owner = '', repo = '', ...below] = name.split('/');
    await write(join('actions', owner, repo, ...below, 'action.yml'), standIn(script));
    repositories.set(`${owner}/${repo}@${digest}`, join(home, 'actions', owner, repo));
  }
  const git = (...args: readonly string[]) => execa('git', args, {cwd: folder});
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git(
    ...['-c', 'user.name=Test', '-c', 'user.email=test@example.com'],
    ...['commit', '--quiet', '--message', 'start'],
  );
  await git('remote', 'add', 'origin', 'https://github.com/acme/app.git');

  return {
    folder,
    artifacts: join(home, 'artifacts'),
    async run(event, {payload = {}, env = {}, secrets = {}} = {}) {
      await write('event.json', JSON.stringify(payload));
      const variables = {...(await engineEnvironment(root)), RIG: home, ...env};
      const pairs = (option: string, values: Readonly<Record<string, string>>) =>
        Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
      const runners = ['ubuntu-latest', 'ubuntu-24.04-arm', 'self-hosted', 'jetson'];
      const args = [
        ...[
          event,
          '--eventpath',
          join(home, 'event.json'),
          '--workflows',
          '.github/workflows/main.yml',
        ],
        ...runners.flatMap((name) => ['--platform', `${name}=-self-hosted`]),
        ...[...repositories].flatMap(([name, path]) => ['--local-repository', `${name}=${path}`]),
        ...pairs('--env', variables),
        ...pairs('--secret', secrets),
        ...['--no-cache-server', '--pull=false', '--concurrent-jobs', '2'],
      ];
      return runAct(await goTool('act'), args, folder, home);
    },
    close: () => rm(home, {recursive: true, force: true, maxRetries: 3}),
  };
}

/** act keeps checkouts of jobs and settings below the home folder and the caches of its user. */
function runAct(
  act: string,
  args: readonly string[],
  folder: string,
  home: string,
): Promise<WorkflowEnd> {
  return new Promise((resolve, reject) => {
    const env = {...process.env, HOME: home, XDG_CACHE_HOME: join(home, 'act')};
    const child = spawn(act, args, {cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe']});
    let log = '';
    const add = (chunk: string): void => {
      log += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({exitCode: code ?? undefined, log});
    });
  });
}
