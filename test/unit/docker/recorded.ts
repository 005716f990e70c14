import {readFileSync} from 'node:fs';

const folder = new URL('../../fixtures/buildx-0.29.1-buildkit-0.32.2/', import.meta.url);

/** What the tools really wrote; the folder names their versions. */
export const recorded = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** The same, line by line. */
export const recordedLines = (name: string): readonly string[] =>
  recorded(name).replace(/\n$/u, '').split('\n');
