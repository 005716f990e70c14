import {ok, type Result} from '../../src/model/result.ts';
import type {TagNotWritten, TagWriter} from '../../src/ports/tag-writer.ts';

/** What is asked of a writer of tags. */
export type TagsToWrite = Parameters<TagWriter['writeTags']>[0];

export interface FakeTagWriter extends TagWriter {
  /** What was asked for, in order: `r.io/app:1 r.io/app:latest r.io/app@sha256:…`. */
  readonly asked: readonly string[];
}

/** Takes every tag, or answers as it is told to. */
export function createFakeTagWriter(
  answer: (
    request: TagsToWrite,
  ) => Result<null, TagNotWritten> | Promise<Result<null, TagNotWritten>> = () => ok(null),
): FakeTagWriter {
  const asked: string[] = [];
  return {
    asked,
    async writeTags(request) {
      const {repository, digest, tags} = request;
      const references = tags.map((tag) => `${repository}:${tag}`);
      asked.push([...references, `${repository}@${digest}`].join(' '));
      return answer(request);
    },
  };
}
