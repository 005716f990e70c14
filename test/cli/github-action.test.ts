import {join} from 'node:path';

import {describe, expect} from 'vitest';

import {test, type CommandRig, type RunningCommand} from '../rig/command-rig.ts';
import {failBuild} from '../rig/failed-build.ts';
import {startGitHub, type GitHubServer} from '../rig/github-server.ts';
import {githubStep, type GithubStep} from '../rig/github-step.ts';
import {writeTargets} from '../rig/three-targets.ts';

const script = join(import.meta.dirname, '../../src/cli/github-action.ts');
/** For Node 22 before 22.18. */
const node = {NODE_OPTIONS: '--experimental-strip-types --no-warnings'};

/** The step of action.yml with these inputs. */
function startStep(
  rig: CommandRig,
  {env}: GithubStep,
  inputs: Readonly<Record<string, string>> = {},
): RunningCommand {
  const named = Object.entries(inputs).map(
    ([name, value]) => [`INPUT_${name.replaceAll('-', '_').toUpperCase()}`, value] as const,
  );
  return rig.start([], {script, env: {...node, ...env, ...Object.fromEntries(named)}});
}

/** Lines that the runner takes for commands, without the words that differ each time. */
function commandsOf(text: string): readonly string[] {
  const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  return text
    .split('\n')
    .filter((line) => line.startsWith('::'))
    .map((line) => line.replaceAll(uuid, 'TOKEN'));
}

describe('the step of action.yml', () => {
  test('builds, sets its outputs, and tells what came of it in the summary', async ({rig}) => {
    await writeTargets(rig, ['one: {platforms: [linux/amd64, linux/arm64]}', 'two: {}']);
    const step = await githubStep(rig.folder);
    const running = startStep(rig, step, {
      targets: 'one,two',
      set: '*.labels.a=b c\n\n*.pull=true',
    });
    const one = await (await rig.docker.nextBuild('one')).succeed();
    const two = await (await rig.docker.nextBuild('two')).succeed();
    const ended = await running.ended;
    expect(ended).toMatchObject({exitCode: 0});
    expect(ended.stdout).toContain('2 targets built');

    const outputs = await step.outputs();
    expect(JSON.parse(outputs['digests'] ?? '')).toEqual({
      'app/one': one.digest,
      'app/two': two.digest,
    });
    expect(outputs).toMatchObject({
      digest: '',
      unchanged: '[]',
      images: 'app:dev-one\napp:dev-two',
    });
    expect(JSON.parse(outputs['metadata'] ?? '')).toMatchObject({
      'app/one': {'containerimage.digest': one.digest, 'image.name': 'app:dev-one'},
    });
    expect(JSON.parse(outputs['sizes'] ?? '')).toMatchObject({
      'app/two': {'linux/amd64': {compressed: 1000}},
    });
    expect(outputs['record']).toMatch(/^\/.*\/\.build-matrix\/runs\/[^/]+\/record\.json$/);

    const summary = await step.summary();
    expect(summary).toContain('### Images of dev: done');
    expect(summary).toContain('<code>app/one</code>');
    expect(summary).toContain('### Image sizes of dev');
    const calls = rig.docker.calls.filter(({args}) => args.includes('--label'));
    expect(calls[0]?.args).toEqual(expect.arrayContaining(['a=b c', '--pull']));
  });

  test('marks the line of the Dockerfile that failed, and never obeys what it printed', async ({
    rig,
  }) => {
    await writeTargets(rig, ['one: {}']);
    const step = await githubStep(rig.folder);
    const running = startStep(rig, step);
    failBuild(await rig.docker.nextBuild('one'), '##[set-output name=digest]fake\n::warning::fake');
    const {exitCode, stderr} = await running.ended;
    expect(exitCode).toBe(1);
    expect(commandsOf(stderr)).toEqual([
      '::group::Build one',
      '::stop-commands::TOKEN',
      '::TOKEN::',
      '::endgroup::',
      '::stop-commands::TOKEN',
      '::TOKEN::',
      '::group::Log of app/one',
      '::stop-commands::TOKEN',
      '::TOKEN::',
      '::endgroup::',
      '::stop-commands::TOKEN',
      '::TOKEN::',
      '::error file=src/Dockerfile,line=4,endLine=4,col=1,endColumn=10,title=build-matrix%3A build failed::app/one failed (linux/amd64, stage runtime): process "/bin/sh -c check" did not complete%0A##[set-output name=digest]fake%0A::warning::fake',
      '::stop-commands::TOKEN',
      '::TOKEN::',
    ]);
    let isGuarded = false;
    for (const line of stderr.split('\n')) {
      if (line.startsWith('::stop-commands::')) isGuarded = true;
      else if (/^::[0-9a-f-]{36}::$/.test(line)) isGuarded = false;
      else if (!line.startsWith('::error')) expect(isGuarded || !line.includes('##[')).toBe(true);
    }
    expect(await step.summary()).toContain('**Failed**');
    expect(JSON.parse((await step.outputs())['metadata'] ?? '')).toMatchObject({
      'app/one': {outcome: 'failed', failure: 'build-failed'},
    });
  });

  test('marks the budget that is exceeded, and fails with 4', async ({rig}) => {
    await writeTargets(rig, ['one: {budget: {compressed: 900B}}']);
    const running = startStep(rig, await githubStep(rig.folder));
    await (await rig.docker.nextBuild('one')).succeed();
    const {exitCode, stderr} = await running.ended;
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^::error file=matrix\.yml,line=6,.*%3A budget exceeded::app\/one /m);
  });

  test('marks what is wrong in matrix.yml, from a folder below the checkout', async ({rig}) => {
    await rig.write('below/matrix.yml', 'version: 1\nimages: {}\nplattforms: []\n');
    const {env} = await githubStep(rig.folder);
    const {exitCode, stderr, stdout} = await rig.start([], {
      ...{script, cwd: 'below'},
      env: {...node, ...env},
    }).ended;
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^::error file=below\/matrix\.yml,line=3,endLine=3,col=1,/m);
    const quiet = {...node, ...env, INPUT_ANNOTATIONS: 'false'};
    const again = await rig.start([], {script, cwd: 'below', env: quiet}).ended;
    expect(again.stderr).not.toContain('::error');
  });

  test('refuses an input that is neither true nor false', async ({rig}) => {
    const step = await githubStep(rig.folder);
    const {exitCode, stderr} = await startStep(rig, step, {push: 'yes'}).ended;
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error: `push: yes` is neither `true` nor `false`');
    expect(stderr).toContain('::error title=');
  });

  test('masks the secrets that matrix.yml names, and gives the token to no build', async ({
    rig,
  }) => {
    await writeTargets(rig, ['one: {secrets: [{id: pip, env: PIP_TOKEN}]}']);
    const step = await githubStep(rig.folder, {PIP_TOKEN: 'line one\nline two'});
    const running = startStep(rig, step, {'github-token': 'ghs_secret'});
    const build = await rig.docker.nextBuild('one');
    expect(Object.values(build.env).join()).not.toContain('ghs_secret');
    expect(build.env).toMatchObject({PIP_TOKEN: 'line one\nline two'});
    await build.succeed();
    const {stdout} = await running.ended;
    expect(stdout).toContain('::add-mask::line one%0Aline two\n::add-mask::ghs_secret\n');
  });
});

/** A GitHub that knows the token of a workflow. */
const openGitHub = (): Promise<GitHubServer> => startGitHub('acme/app', 'ghs_secret');

describe('the comment on a pull request', () => {
  const marker = '<!-- build-matrix: matrix.yml -->';

  test('is made once, and then brought up to date', async ({rig}) => {
    await writeTargets(rig, ['one: {}']);
    const server = await openGitHub();
    try {
      // More than a page of others, one of whom wants to be taken for us.
      server.addComment(7, `${marker}\nmine`, 'User');
      for (let count = 0; count < 120; count += 1) server.addComment(7, `comment ${count}`, 'User');
      const step = await githubStep(rig.folder, {GITHUB_API_URL: server.url});
      const inputs = {comment: 'true', 'github-token': 'ghs_secret'};
      for (const version of ['1.0.0', '1.1.0']) {
        const running = startStep(rig, step, {...inputs, 'image-version': version});
        await (await rig.docker.nextBuild('one')).succeed();
        expect(await running.ended).toMatchObject({exitCode: 0});
        const bodies = (server.comments.get(7) ?? []).map(({body}) => body);
        expect(bodies).toHaveLength(122);
        expect(bodies[0]).toBe(`${marker}\nmine`);
        expect(bodies[121]).toMatch(/^<!-- build-matrix: matrix\.yml -->\n### Images of /);
        expect(bodies[121]).toContain(version);
      }
      expect(server.violations).toEqual([]);
      expect(server.requests.filter((one) => !one.startsWith('GET'))).toEqual([
        'POST /repos/acme/app/issues/7/comments',
        'PATCH /repos/acme/app/issues/comments/122',
      ]);
    } finally {
      await server.close();
    }
  });

  test('that a fork may not write is a warning', async ({rig}) => {
    await writeTargets(rig, ['one: {}']);
    const server = await openGitHub();
    server.readOnly(true);
    try {
      const step = await githubStep(rig.folder, {GITHUB_API_URL: server.url});
      const running = startStep(rig, step, {comment: 'true', 'github-token': 'ghs_secret'});
      await (await rig.docker.nextBuild('one')).succeed();
      const {exitCode, stderr} = await running.ended;
      expect(exitCode).toBe(0);
      expect(stderr).toContain(
        'warning: the comment on the pull request was not written: Resource not accessible by integration',
      );
      expect(stderr).toContain('::warning title=build-matrix%3A no comment::');
      expect(await step.summary()).toContain('### Images of dev: done');
    } finally {
      await server.close();
    }
  });

  test('is not made where there is no pull request', async ({rig}) => {
    await writeTargets(rig, ['one: {}']);
    const server = await openGitHub();
    try {
      const step = await githubStep(rig.folder, {GITHUB_API_URL: server.url});
      await rig.write('.git/event.json', '{"ref": "refs/heads/main"}');
      const running = startStep(rig, step, {comment: 'true', 'github-token': 'ghs_secret'});
      await (await rig.docker.nextBuild('one')).succeed();
      expect(await running.ended).toMatchObject({exitCode: 0});
      expect(server.requests).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
