import {DockerfileParser, Onbuild, type Instruction} from 'dockerfile-ast';

import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {err, ok, type Result} from '../model/result.ts';
import {copiedPaths} from './copied-paths.ts';
import {declaredArgs, flagsOf} from './instruction-parts.ts';
import {secretIdsOf} from './secret-mounts.ts';

/** What planning needs of a Dockerfile; words are as written, with their variables and quotes. */
export interface ParsedDockerfile {
  /** Path for display. */
  readonly file: string;
  /** `\` or, by the escape directive, a backtick. */
  readonly escape: string;
  /** Image of the `# syntax=` directive. */
  readonly frontend: string | null;
  /** ARGs before the first FROM, in order; null without a default. */
  readonly globalArgs: readonly {readonly name: string; readonly value: string | null}[];
  /** Names of every ARG anywhere in the file. */
  readonly argNames: ReadonlySet<string>;
  /** Ids of the secrets that its steps mount; null where the text alone does not tell them all. */
  readonly secretIds: ReadonlySet<string> | null;
  readonly stages: readonly ParsedStage[];
}

export interface ParsedStage {
  readonly name: string | null;
  readonly index: number;
  /** The image or stage after FROM. */
  readonly base: string;
  /** Where `base` stands. */
  readonly range: SourceRange;
  /** Value of `--platform`. */
  readonly platform: string | null;
  /** `COPY --from=…` and `RUN --mount=…,from=…`: a stage's name or index, or an image. */
  readonly references: readonly StageReference[];
  /** The same of its ONBUILD instructions, which run in the stages that start from it. */
  readonly triggerReferences: readonly StageReference[];
  /** What it copies from the main context, as far as the text alone tells. */
  readonly copied: readonly CopiedPath[];
}

export interface CopiedPath {
  /** Relative to the context. */
  readonly path: string;
  readonly range: SourceRange;
}

export interface StageReference {
  readonly name: string;
  readonly range: SourceRange;
}

/** Most bytes that are read of a Dockerfile. */
export const dockerfileByteLimit = 1024 * 1024;

/**
 * Parses the bytes of a Dockerfile, of which at most `dockerfileByteLimit` + 1 need be given. Fails
 * with every problem that makes BuildKit refuse it and that can be told from its text alone.
 */
export function parseDockerfile(
  file: string,
  bytes: Uint8Array,
): Result<ParsedDockerfile, readonly Diagnostic[]> {
  const text = decode(bytes);
  if (!text.ok) {
    const range = {file, line: 1, column: 1, length: 1, text: ''};
    return err([{severity: 'error', code: 'unreadable-dockerfile', message: text.error, range}]);
  }
  return parseText(file, text.value);
}

function decode(bytes: Uint8Array): Result<string, string> {
  if (bytes.length > dockerfileByteLimit) return err('the Dockerfile is larger than 1 MiB');
  if (bytes.includes(0)) return err('the Dockerfile is a binary file');
  try {
    return ok(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch {
    return err('the Dockerfile is not UTF-8 text');
  }
}

const instructionNames = [
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL'],
  ...['MAINTAINER', 'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
];

type MutableStage = Omit<ParsedStage, 'references' | 'triggerReferences' | 'copied'> & {
  readonly copied: CopiedPath[];
  readonly references: StageReference[];
  readonly triggerReferences: StageReference[];
};

function parseText(file: string, text: string): Result<ParsedDockerfile, readonly Diagnostic[]> {
  const document = DockerfileParser.parse(text);
  const lines = text.split(/\r\n|\r|\n/u);
  const escape = document.getEscapeCharacter();
  const rangeOf = rangesOf(file, lines);
  const frontend = document.getDirectives().find((one) => one.getName().toLowerCase() === 'syntax');
  const frontendImage = frontend?.getValue() ?? null;
  const globalArgs: {name: string; value: string | null}[] = [];
  const argNames = new Set<string>();
  const secretIds = new Set<string | null>();
  const stages: MutableStage[] = [];
  const problems: Diagnostic[] = [];
  const problem = (
    code: string,
    message: string,
    range: SourceRange,
    suggestion?: string,
  ): void => {
    problems.push({
      ...{severity: 'error' as const, code, message, range},
      ...(suggestion === undefined ? {} : {suggestion}),
    });
  };

  for (const instruction of document.getInstructions()) {
    const keyword = instruction.getKeyword();
    const range = rangeOf(instruction.getInstructionRange());
    const stage = stages.at(-1);
    if (!instructionNames.includes(keyword)) {
      const suggestion = didYouMean(keyword, instructionNames);
      problem('unknown-instruction', `unknown instruction \`${keyword}\``, range, suggestion);
    } else if (keyword === 'FROM') {
      const parsed = parseFrom(instruction, stages.length, rangeOf);
      if (parsed.ok) stages.push(parsed.value);
      else problem('invalid-from', parsed.error, range);
    } else if (keyword === 'ARG') {
      for (const arg of declaredArgs(instruction, escape)) {
        argNames.add(arg.name);
        if (stage === undefined) globalArgs.push(arg);
      }
    } else if (stage === undefined && problems.length === 0) {
      problem(
        'before-from',
        `\`${keyword}\` before the first FROM`,
        range,
        'only ARG may stand there',
      );
    } else if (stage !== undefined) {
      const trigger = instruction instanceof Onbuild ? instruction.getTriggerInstruction() : null;
      for (const id of secretIdsOf(trigger ?? instruction)) secretIds.add(id);
      stage.copied.push(
        ...copiedPaths(instruction).map(({path, range: at}) => ({path, range: rangeOf(at)})),
      );
      if (trigger === null) stage.references.push(...referencesOf(instruction, rangeOf));
      else stage.triggerReferences.push(...referencesOf(trigger, rangeOf));
    }
  }
  if (stages.length === 0 && problems.length === 0) {
    const message = lines.every((line) => line.trim() === '')
      ? 'the file is empty'
      : 'no FROM in it';
    const range = {file, line: 1, column: 1, length: 1, text: lines[0] ?? ''};
    problem('no-stage', `not a Dockerfile: ${message}`, range);
  }
  if (problems.length > 0) return err(problems);
  return ok({
    ...{file, escape, frontend: frontendImage, globalArgs, argNames, stages},
    secretIds: isComplete(secretIds) ? secretIds : null,
  });
}

const isComplete = (ids: ReadonlySet<string | null>): ids is ReadonlySet<string> => !ids.has(null);

type TextRange = ReturnType<Instruction['getRange']>;
type RangeOf = (range: TextRange) => SourceRange;

/** Turns 0-based positions into a located range, cut at the end of its first line. */
function rangesOf(file: string, lines: readonly string[]): RangeOf {
  return ({start, end}) => {
    const text = lines[start.line] ?? '';
    const stop = end.line === start.line ? end.character : text.length;
    const length = Math.max(1, stop - start.character);
    return {file, line: start.line + 1, column: start.character + 1, length, text};
  };
}

function parseFrom(
  instruction: Instruction,
  index: number,
  rangeOf: RangeOf,
): Result<MutableStage, string> {
  const [base, as, name, ...rest] = instruction.getArguments();
  if (base === undefined || rest.length > 0 || (as !== undefined && name === undefined)) {
    return err('FROM needs one argument, or three: `FROM image AS name`');
  }
  if (as !== undefined && as.getValue().toUpperCase() !== 'AS') {
    return err(`\`AS\` expected instead of \`${as.getValue()}\`: \`FROM image AS name\``);
  }
  const platform = flagsOf(instruction).find((flag) => flag.getName() === 'platform');
  return ok({
    name: name?.getValue() ?? null,
    index,
    base: base.getValue(),
    range: rangeOf(base.getRange()),
    platform: platform?.getValue() ?? null,
    references: [],
    triggerReferences: [],
    copied: [],
  });
}

function referencesOf(instruction: Instruction, rangeOf: RangeOf): readonly StageReference[] {
  const keyword = instruction.getKeyword();
  if (keyword !== 'COPY' && keyword !== 'RUN') return [];
  return flagsOf(instruction).flatMap((flag) => {
    const from =
      keyword === 'COPY' && flag.getName() === 'from'
        ? flag.getValue()
        : keyword === 'RUN' && flag.getName() === 'mount'
          ? (flag.getOption('from')?.getValue() ?? null)
          : null;
    return from === null || from === '' ? [] : [{name: from, range: rangeOf(flag.getRange())}];
  });
}
