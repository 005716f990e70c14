import {EngineError} from './errors.ts';

/** The two architectures the project builds for, by the names that docker and Debian share. */
export type Architecture = 'amd64' | 'arm64';

export const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64'];

/** @throws EngineError on a machine that is neither. */
export function native(): Architecture {
  if (process.arch === 'x64') {
    return 'amd64';
  }
  if (process.arch === 'arm64') {
    return 'arm64';
  }
  throw new EngineError(`no engine for a machine of architecture ${process.arch}`, {
    remedy: 'use an amd64 or arm64 machine',
  });
}

export function foreign(): Architecture {
  return native() === 'amd64' ? 'arm64' : 'amd64';
}
