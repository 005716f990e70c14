import type {BuildEvent, StepStarted} from '../events/event.ts';
import {retryText} from '../events/retry-text.ts';
import type {FileUnusable} from '../events/failure.ts';
import {shellQuote} from '../model/shell-quote.ts';
import type {Files} from '../ports/files.ts';
import {attemptFile} from '../records/file-attempt.ts';

/** The whole log of one target: a text file, to which whole lines are appended as they come. */
export interface BuildLog {
  /** Queues the lines of an event; at once on its way to the file unless an append is under way. */
  write(event: BuildEvent): void;
  /** Resolves when all is in the file: to the first failure, or to undefined. */
  close(): Promise<FileUnusable | undefined>;
}

/**
 * A log at `path`. Lines that come while one append is under way go out together in the next, so
 * that a flood costs few appends and a slow build is seen line by line.
 */
export function openBuildLog(files: Files, path: string): BuildLog {
  const format = createLogFormat();
  let buffer = '';
  let appending: Promise<void> | undefined;
  let failure: FileUnusable | undefined;

  const drain = async (): Promise<void> => {
    while (buffer !== '' && failure === undefined) {
      const text = buffer;
      buffer = '';
      const appended = await attemptFile(path, () => files.append(path, text));
      if (!appended.ok) failure = appended.error;
    }
    appending = undefined;
  };

  return {
    write(event) {
      if (failure !== undefined) return;
      for (const line of format(event)) buffer += `${line}\n`;
      if (buffer !== '') appending ??= drain();
    },
    async close() {
      await appending;
      return failure;
    },
  };
}

/**
 * Lines of a log, one call for each event in the order of the stream. The first is the command, for a
 * shell to be pasted into. A step's lines begin with its
 * place, `[linux/arm64 install 3/5]`, or with its name where it has none, so that interleaved steps
 * can be told apart with grep.
 */
export function createLogFormat(): (event: BuildEvent) => readonly string[] {
  const places = new Map<string, string>();
  return (event) => {
    switch (event.type) {
      case 'target-started':
        return [event.command.map(shellQuote).join(' ')];
      case 'step-started': {
        if (places.has(event.step)) return [];
        const place = placeOf(event);
        places.set(event.step, place);
        return [event.position === undefined ? place : `${place} ${event.name}`];
      }
      case 'step-log':
        return [inPlace(places.get(event.step), event.text)];
      case 'step-finished': {
        const result = event.cached ? 'CACHED' : `DONE ${seconds(event.durationMs)}`;
        const text = event.error === undefined ? result : `ERROR: ${event.error}`;
        return [inPlace(places.get(event.step), text)];
      }
      case 'target-warning':
        return [`WARNING: ${event.diagnostic.message}`];
      case 'target-retried':
        return [`RETRY ${retryText(event)}`];
      case 'target-finished':
        return [`${event.outcome.toUpperCase()} ${seconds(event.durationMs)}`];
      case 'step-progress':
      case 'notice':
      case 'run-started':
      case 'publication-started':
      case 'publication-finished':
      case 'run-finished':
        return [];
    }
  };
}

function placeOf(event: StepStarted): string {
  const {platform, stage, position, count, name} = event;
  // Steps that belong to no platform may have brackets already: `[auth] library/python:pull`.
  if (platform === undefined && name.startsWith('[')) return name;
  const step = position === undefined ? name : `${position}/${count ?? '?'}`;
  return `[${[platform, stage, step].filter((part) => part !== undefined).join(' ')}]`;
}

/** What docker and buildx print themselves has no place. */
function inPlace(place: string | undefined, text: string): string {
  return place === undefined ? text : `${place} ${text}`;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)}s`;
}
