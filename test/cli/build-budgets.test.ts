import {expect} from 'vitest';

import {test, type CommandRig, type EndedCommand} from '../rig/command-rig.ts';
import {latestRecord} from '../rig/latest-record.ts';
import {writeTargets} from '../rig/three-targets.ts';

/** Builds the target `one`, whose image has 1,000 bytes on each platform. */
async function build(rig: CommandRig, ...args: readonly string[]): Promise<EndedCommand> {
  const command = rig.start(['build', 'one', ...args]);
  const one = await rig.docker.nextBuild('one');
  await one.succeed();
  return command.ended;
}

test('a budget that is exceeded fails with 4, at its place, and stays in the record', async ({
  rig,
}) => {
  await writeTargets(rig, ['one: {budget: {compressed: 900B}}']);
  const {exitCode, stderr, stdout} = await build(rig);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(
    'error: app/one (linux/amd64) has 1.0 kB compressed, 100 B more than its budget of 900B',
  );
  expect(stderr).toContain('--> matrix.yml:6:');
  // The image was made all the same.
  expect(stdout).toContain('1 target built');
  expect(await latestRecord(rig.folder)).toMatchObject({
    outcome: 'succeeded',
    exceeded: [{target: 'app/one', measure: 'compressed', limit: 900, actual: 1000}],
  });
});

test('with --warn-only it is a warning', async ({rig}) => {
  await writeTargets(rig, ['one: {budget: {compressed: 900B}}']);
  const {exitCode, stderr} = await build(rig, '--warn-only');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('warning: app/one (linux/amd64) has 1.0 kB compressed, 100 B more');
});

test('a budget that is kept is not spoken of', async ({rig}) => {
  await writeTargets(rig, ['one: {budget: {compressed: 1kB}}']);
  const {exitCode, stderr} = await build(rig);
  expect(exitCode).toBe(0);
  expect(stderr).not.toContain('budget');
});

test('growth is not checked at first, and then against the last run', async ({rig}) => {
  await writeTargets(rig, ['one: {budget: {growth: 0B}}']);
  const first = await build(rig);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toContain(
    'warning: budget not checked: growth of app/one (linux/amd64): there is no earlier build to compare it with',
  );
  const second = await build(rig, '--force');
  expect(second.exitCode).toBe(0);
  expect(second.stderr).not.toContain('budget');
});

test('growth is held against what is named, and what cannot be found is told', async ({rig}) => {
  await writeTargets(rig, ['one: {budget: {growth: 0B}}']);
  await build(rig);
  const kept = await latestRecord(rig.folder);
  await rig.write('src/old.json', JSON.stringify(kept).replaceAll(':1000,', ':900,'));
  const grown = await build(rig, '--against', 'src/old.json');
  expect(grown.exitCode).toBe(4);
  expect(grown.stderr).toContain('app/one (linux/amd64) has grown by 100 B since ');
});

test('a name that means nothing is refused before anything is built', async ({rig}) => {
  await writeTargets(rig, ['one: {budget: {growth: 0B}}']);
  const refused = (against: string) => rig.run(['build', 'one', '--against', against]);
  expect(await refused('nothing')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      'error: --against nothing: app/one goes to no registry\n',
    ) as string,
  });
  expect(await refused('old.json')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      'error: --against old.json: old.json: there is no such file\nhelp: name a record that can be read, an image, or a git revision\n',
    ) as string,
  });
  expect(await refused('20260102-030405-678-1f9a3c')).toMatchObject({exitCode: 2});
  expect(await rig.read('.build-matrix/runs/latest')).toBeUndefined();
  // A first run has none before it.
  const first = await build(rig, '--against', 'previous');
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toContain(
    '--against previous: there is no earlier run with sizes of app/one',
  );
});

test('as lines of JSON: what was not checked is a notice, what is exceeded the failure', async ({
  rig,
}) => {
  await writeTargets(rig, ['one: {budget: {compressed: 900B, growth: 5%}}']);
  const {stderr} = await build(rig, '--progress', 'json');
  const lines = stderr.trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as {readonly type: string});
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'notice',
      diagnostic: expect.objectContaining({code: 'budget-not-checked'}) as object,
    }),
  );
  expect(events.at(-1)).toMatchObject({
    type: 'failed',
    failure: {reason: 'budget-exceeded', platform: 'linux/amd64'},
  });
});

test('every build leaves a line in the log of sizes', async ({rig}) => {
  await writeTargets(rig, ['one: {platforms: [linux/amd64, linux/arm64]}']);
  await build(rig);
  await build(rig, '--force');
  const lines = (await rig.read('.build-matrix/sizes.jsonl'))?.trim().split('\n') ?? [];
  const points = lines.map((line) => JSON.parse(line) as unknown);
  expect(points).toMatchObject([
    {target: 'app/one', platform: 'linux/amd64', compressed: 1000},
    {target: 'app/one', platform: 'linux/arm64', compressed: 1000},
    {platform: 'linux/amd64'},
    {platform: 'linux/arm64'},
  ]);
});
