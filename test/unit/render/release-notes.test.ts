import {expect, test} from 'vitest';

import type {ReleaseNotesFacts} from '../../../src/release/release-notes-facts.ts';
import {releaseNotes} from '../../../src/render/release-notes.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const facts: ReleaseNotesFacts = {
  version: '1.4.2',
  isPrerelease: false,
  commit: 'c'.repeat(40),
  previous: '1.4.1',
  images: [
    {
      target: 'app/cpu',
      references: ['ghcr.io/acme/app:1.4.2', 'docker.io/acme/app:1.4.2'],
      pinned: `ghcr.io/acme/app@${digest}`,
      platforms: [
        {platform: 'linux/amd64', digest, compressed: 27_400_000, unpacked: null, change: -1500},
        {platform: 'linux/arm64', digest, compressed: null, unpacked: 1, change: null},
      ],
    },
  ],
  indexes: [
    {references: ['ghcr.io/acme/app:1.4.2-gpu'], targets: ['app/a', 'app/b'], pinned: null},
  ],
  moved: [{reference: 'ghcr.io/acme/app:latest', exact: 'ghcr.io/acme/app:1.4.2'}],
  bases: [{reference: 'docker.io/library/python:3.12', digest}],
  generated: "## What's Changed\n* All",
};

test('the notes of a release tell images, pulls, moved tags, bases and what GitHub adds', () => {
  const code = (text: string): string => `<code>${text.replaceAll(':', '&#58;')}</code>`;
  expect(releaseNotes(facts).split('\n')).toEqual([
    '## Images',
    '',
    '| Image | Platform | Digest | Compressed | Unpacked | Since 1.4.1 |',
    '| --- | --- | --- | ---: | ---: | ---: |',
    `| <code>app/cpu</code> | <code>linux/amd64</code> | ${code(digest)} | 27.4 MB | ? | -1.5 kB |`,
    `| <code>app/cpu</code> | <code>linux/arm64</code> | ${code(digest)} | ? | 1 B | new |`,
    '',
    'Compressed is what a pull moves, unpacked what a device stores.',
    '',
    '## Pull',
    '',
    '```console',
    '# app/cpu',
    'docker pull ghcr.io/acme/app:1.4.2',
    'docker pull docker.io/acme/app:1.4.2',
    `docker pull ghcr.io/acme/app@${digest}`,
    '# the right one of app/a, app/b for each machine',
    'docker pull ghcr.io/acme/app:1.4.2-gpu',
    '```',
    '',
    '## Tags that follow this release',
    '',
    `- ${code('ghcr.io/acme/app:latest')}`,
    '',
    '## Base images',
    '',
    `- ${code('docker.io/library/python:3.12')} at ${code(digest)}`,
    '',
    "## What's Changed",
    '* All',
  ]);
});

test('a first release is compared with nothing', () => {
  const text = releaseNotes({...facts, previous: null, generated: null, moved: [], bases: []});
  expect(text).not.toContain('Since');
  expect(text).not.toContain('new');
});
