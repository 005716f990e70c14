import {expect, test} from 'vitest';

import {parseInspection} from '../../../src/docker/builder-inspection.ts';
import {builderMissing} from '../../../src/docker/engine-problems.ts';
import {
  settleBuilders,
  type RouteNeed,
  type SettleRequest,
} from '../../../src/docker/settle-builders.ts';
import {err, ok} from '../../../src/model/result.ts';

const node = (name: string, platforms: string, error = '') =>
  `Name: ${name}\nStatus: running\nPlatforms: ${platforms}\n${error === '' ? '' : `Error: ${error}\n`}`;
const builder = (name: string, ...nodes: readonly string[]) =>
  parseInspection(`Name: ${name}\nDriver: remote\n\nNodes:\n${nodes.join('\n')}`);

const builders = new Map<string | null, ReturnType<typeof builder>>([
  [null, builder('laptop', node('l', 'linux/amd64, linux/amd64/v2, linux/386, linux/arm64'))],
  ['arm', builder('arm', node('a', 'linux/arm64, linux/arm/v7'))],
  ['amd', builder('amd', node('b', 'linux/amd64, linux/386'))],
  ['said', builder('said', node('s', 'linux/amd64*, linux/arm64*, linux/386'))],
  ['nodes', builder('nodes', node('n1', 'linux/amd64'), node('n2', 'linux/arm64'))],
  [
    'half',
    builder('half', node('h1', 'linux/amd64'), node('h2', 'linux/arm64', 'connection refused')),
  ],
]);

const arm64 = (builders: RouteNeed['builders'], changes: Partial<RouteNeed> = {}): RouteNeed => ({
  ...{platform: 'linux/arm64', builders, fallback: 'fail', isExplicit: true},
  ...changes,
});

const settle = (...routes: readonly RouteNeed[]) => {
  const asked: (string | null)[] = [];
  const inspect: SettleRequest['inspect'] = (name) => {
    asked.push(name);
    const found = builders.get(name);
    return Promise.resolve(
      found === undefined ? err(builderMissing(name ?? '', false)) : ok(found),
    );
  };
  const targets = [{id: 'face/cpu', platforms: ['linux/amd64', 'linux/arm64']}];
  return settleBuilders({routes, targets, inspect}).then((settled) => {
    if (!settled.ok) return {problem: settled.error.problem, message: settled.error.message, asked};
    const {routes, notices} = settled.value;
    return {
      routes: Object.fromEntries(routes),
      notices: notices.map(({code, message}) => `${code}: ${message}`),
      asked,
    };
  });
};

test('the preferred builder builds its platform, and no other is asked', async () => {
  expect(await settle(arm64(['arm', 'said'], {fallback: 'emulate'}))).toEqual({
    routes: {
      'linux/arm64': {builder: 'arm', isApart: false, through: 'digest', others: ['said', null]},
    },
    notices: [],
    asked: ['arm'],
  });
});

test('the next builder of the route takes the place of one that cannot be used', async () => {
  expect(await settle(arm64(['gone', 'amd', 'nodes']))).toEqual({
    routes: {'linux/arm64': {builder: 'nodes', isApart: true, through: 'digest', others: []}},
    notices: ['builder-replaced: there is no builder gone: linux/arm64 is built by nodes instead'],
    asked: ['gone', 'amd', 'nodes'],
  });
});

test('without a fallback nothing is built when no builder has the platform', async () => {
  expect(await settle(arm64(['gone']))).toMatchObject({problem: 'builder-missing'});
  expect(await settle(arm64(['half']))).toMatchObject({
    problem: 'builder-lacks-platform',
    message: 'builder half cannot build linux/arm64 (for face/cpu); it builds linux/amd64',
  });
});

test('fallback `emulate` goes to the current builder, and says so', async () => {
  expect(await settle(arm64(['amd'], {fallback: 'emulate'}))).toMatchObject({
    routes: {'linux/arm64': {builder: null, isApart: false, others: []}},
    notices: [
      'builder-replaced: builder amd cannot build linux/arm64 (for face/cpu); it builds linux/amd64, linux/386: linux/arm64 is built by laptop instead by emulation on linux/amd64',
    ],
  });
  // The current builder cannot do this one either.
  const riscv = arm64(['amd'], {platform: 'linux/riscv64', fallback: 'emulate'});
  expect(await settle(riscv)).toMatchObject({problem: 'builder-lacks-platform'});
});

test('fallback `skip` leaves the platform out, but not everything', async () => {
  const amd: RouteNeed = {...arm64([null]), platform: 'linux/amd64'};
  expect(await settle(arm64(['gone'], {fallback: 'skip'}), amd)).toMatchObject({
    routes: {'linux/amd64': {builder: null}},
    notices: [
      'platform-skipped: there is no builder gone: linux/arm64 is left out, and nothing of face/cpu is published',
    ],
  });
  expect(await settle(arm64(['gone'], {fallback: 'skip'}))).toMatchObject({
    problem: 'builder-missing',
  });
});

test.each([
  ['the current builder, of another machine', arm64([null], {isExplicit: false}), true],
  ['a builder that is named for every platform', arm64(['said'], {isExplicit: false}), false],
  ['a node of its own', arm64(['nodes'], {isExplicit: false}), false],
  ['an explicit route', arm64([null]), false],
  ['a related architecture', arm64(['amd'], {isExplicit: false, platform: 'linux/386'}), false],
  ['32 bits on arm64', arm64(['arm'], {isExplicit: false, platform: 'linux/arm/v7'}), false],
])('emulation is told of, unless it is meant: %s', async (_, route, told) => {
  const settled = await settle(route);
  expect('notices' in settled && settled.notices).toEqual(
    told
      ? [
          'emulated-platform: linux/arm64 is built by emulation: builder laptop is a linux/amd64 machine',
        ]
      : [],
  );
});
