import {z} from 'zod';

import {parseByteSize, parseGrowthLimit} from '../model/byte-size.ts';
import {checkHost, checkRepository, checkTag} from '../model/image-ref.ts';
import {commonPlatforms, parsePlatform} from '../model/platform.ts';
import {quoted, type Problem} from '../model/problem.ts';
import type {Result} from '../model/result.ts';

/** Text of matrix.yml that has a grammar. It is checked here, and kept as written. */

/** Names of images, targets, groups, templates, registries, variables and axes. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
    'a name has letters, digits, `_`, `.` and `-`, and starts with a letter or digit',
  )
  .max(128, 'a name has at most 128 characters');

/** Names of build arguments. buildx splits `NAME=VALUE` at the first `=`. */
export const argName = z
  .string()
  .regex(
    /^[^=\s\p{Cc}]+$/u,
    'a build argument has a name without `=`, blanks and control characters',
  );

/** Keys of the other maps that become `KEY=VALUE` options: labels, annotations, contexts, … */
export const optionKey = z
  .string()
  .regex(/^[^=\p{Cc}]+$/u, 'a key here is not empty and has no `=` and no control characters');

/** Text that `check` has nothing against; text with placeholders is left to the plan. */
const checked = (check: (text: string) => Problem | undefined) =>
  z.string().check(({value, issues}) => {
    const problem = value.includes('{') ? undefined : check(value);
    if (!problem) return;
    const {message, suggestion} = problem;
    issues.push({code: 'custom', input: value, message, params: {suggestion}});
  });

const problemOf = (result: Result<unknown, Problem>): Problem | undefined =>
  result.ok ? undefined : result.error;

export const platform = checked((text) => problemOf(parsePlatform(text))).meta({
  examples: [...commonPlatforms],
});
export const tag = checked(checkTag);
export const repository = checked(checkRepository);
export const registryHost = checked(checkHost);
export const growthLimit = checked((text) => problemOf(parseGrowthLimit(text)));

/** A count of bytes, or a size such as `3.5GB`. */
export const byteSize = z.union([
  checked((text) => problemOf(parseByteSize(text))),
  z.number().int('a number of bytes is whole').nonnegative('a size cannot be negative'),
]);

/** `host[:port]`, with `http://` or `https://` before it; a path belongs to `namespace`. */
export const registryUrl = checked((url) => {
  const host = url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const slash = host.indexOf('/');
  const problem = checkHost(slash < 0 ? host : host.slice(0, slash));
  if (problem || slash < 0) return problem;
  return {
    message: 'the URL of a registry has no path',
    suggestion: `write \`url: ${url.slice(0, url.indexOf(host) + slash)}\` and \`namespace: ${host.slice(slash + 1)}\``,
  };
});

export const awsAccount = checked((text) =>
  /^\d{12}$/.test(text)
    ? undefined
    : {message: `invalid AWS account ${quoted(text)}`, suggestion: 'an account id has 12 digits'},
);

export const awsRegion = checked((text) =>
  /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(text)
    ? undefined
    : {
        message: `invalid AWS region ${quoted(text)}`,
        suggestion: 'a region looks like `eu-west-1`',
      },
);

/** A wildcard filter of ECR (API reference, ImageTagMutabilityExclusionFilter). */
export const tagPattern = z
  .string()
  .regex(
    /^[0-9a-zA-Z._*-]{1,128}$/,
    'a pattern for tags has letters, digits, `.`, `_`, `-` and `*` for any text',
  );

/** `host[:port][/path]`: where the repositories of another registry are found. */
export const mirrorPrefix = checked((text) => {
  const slash = text.indexOf('/');
  if (slash < 0) return checkHost(text);
  return checkHost(text.slice(0, slash)) ?? checkRepository(text.slice(slash + 1));
});

/** Sizes as docker's options take them (docker/go-units `RAMInBytes`): `64m`, `2g`. */
export const memorySize = checked((text) =>
  /^\d+(?:\.\d+)? ?(?:[kmgtp]i?)?b?$/i.test(text)
    ? undefined
    : {message: `${quoted(text)} is not a size`, suggestion: 'write a size such as `2g` or `512m`'},
);

/** `soft[:hard]`, as `--ulimit` takes it (docker/go-units `ParseUlimit`). */
export const ulimit = z.union([
  checked((text) =>
    /^-?\d+(?::-?\d+)?$/.test(text)
      ? undefined
      : {
          message: `${quoted(text)} is not a limit`,
          suggestion: 'write SOFT or SOFT:HARD: `1024:4096`',
        },
  ),
  z.number().int('a limit is whole'),
]);

/** `owner/name` of a repository on GitHub. */
export const githubRepository = checked((text) =>
  /^[\w-]+\/[\w.-]+$/.test(text)
    ? undefined
    : {
        message: `${quoted(text)} is not a repository on GitHub`,
        suggestion: 'write `owner/name`',
      },
);

/** What may stand before a version in a git tag (git check-ref-format). */
export const gitTagPrefix = checked((text) =>
  /^(?:[A-Za-z0-9_][\w-]*\/)*(?:[A-Za-z0-9_][\w-]*)?$/.test(text)
    ? undefined
    : {
        message: `${quoted(text)} cannot begin a git tag`,
        suggestion: 'a prefix has letters, digits, `_`, `-` and `/`, such as `v` or `service/v`',
      },
);
