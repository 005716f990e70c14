import {createHash} from 'node:crypto';

import {err, ok} from '../../src/model/result.ts';
import type {ImageReadFailure} from '../../src/ports/images.ts';
import type {TagDigests} from '../../src/ports/tag-digests.ts';

export interface FakeTagDigests extends TagDigests {
  /** `repository:tag` of every question, in order. */
  readonly asked: readonly string[];
  /** From now on `repository:tag` is another image. */
  move(name: string): void;
  fail(name: string, failure: ImageReadFailure): void;
}

/** Knows every tag. */
export function createFakeTagDigests(): FakeTagDigests {
  const moves = new Map<string, number>();
  const failures = new Map<string, ImageReadFailure>();
  const asked: string[] = [];
  return {
    asked,
    move: (name) => void moves.set(name, (moves.get(name) ?? 0) + 1),
    fail: (name, failure) => void failures.set(name, failure),
    async digest(repository, reference) {
      await Promise.resolve();
      const name = `${repository}:${reference}`;
      asked.push(name);
      const failure = failures.get(name);
      if (failure !== undefined) return err(failure);
      const version = `${name} ${String(moves.get(name) ?? 0)}`;
      return ok(`sha256:${createHash('sha256').update(version).digest('hex')}`);
    },
  };
}
