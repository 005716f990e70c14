import {expect, test} from 'vitest';

import type {BuildEvent} from '../../../src/events/event.ts';
import {openBuildLog} from '../../../src/run/build-log.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';

const line = (text: string): BuildEvent => ({
  type: 'step-log',
  at: 0,
  target: 'a/b',
  step: 'docker',
  stream: 'stdout',
  text,
});

test('a line is on its way at once, and a flood goes out in few appends', async () => {
  const files = createFakeFiles();
  const appended: number[] = [];
  const log = openBuildLog(
    {
      ...files,
      append: async (path, text) => {
        appended.push(text.length);
        await files.append(path, text);
      },
    },
    'x.log',
  );
  log.write(line('first'));
  expect(appended).toHaveLength(1);
  for (let index = 0; index < 1000; index += 1) log.write(line(`line ${index}`));
  expect(await log.close()).toBeUndefined();
  expect(appended).toHaveLength(2);
  expect(files.texts.get('x.log')?.split('\n')).toHaveLength(1002);
});

test('lines that come after a pause are written too', async () => {
  const files = createFakeFiles();
  const log = openBuildLog(files, 'x.log');
  log.write(line('one'));
  await new Promise(setImmediate);
  log.write(line('two'));
  await log.close();
  expect(files.texts.get('x.log')).toBe('one\ntwo\n');
});

test('a log that cannot be written says so once and keeps nothing in memory', async () => {
  const files = createFakeFiles();
  files.fail('append', 'x.log', 'ENOSPC');
  let appends = 0;
  const log = openBuildLog(
    {
      ...files,
      append: (path, text) => {
        appends += 1;
        return files.append(path, text);
      },
    },
    'x.log',
  );
  for (let index = 0; index < 5; index += 1) {
    log.write(line('lost'));
    await new Promise(setImmediate);
  }
  expect(await log.close()).toEqual({reason: 'file-unusable', path: 'x.log', message: 'ENOSPC'});
  expect(appends).toBe(1);
});

test('the command stands first, as a shell reads it', async () => {
  const files = createFakeFiles();
  const log = openBuildLog(files, 'x.log');
  log.write({
    type: 'target-started',
    at: 0,
    target: 'a/b',
    command: ['docker', 'buildx', 'build', '--label', "a=it's b", '$dir'],
  });
  await log.close();
  expect(files.texts.get('x.log')).toBe("docker buildx build --label 'a=it'\\''s b' '$dir'\n");
});
