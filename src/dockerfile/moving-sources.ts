import {DockerfileParser, Onbuild, type Instruction} from 'dockerfile-ast';

import {flagsOf} from './instruction-parts.ts';

/** Something in a Dockerfile whose content cannot be told without building. */
export interface MovingSource {
  /** Line in the Dockerfile, 1-based. */
  readonly line: number;
  /** A sentence without its full stop. */
  readonly why: string;
}

/**
 * What the instructions of the stages with these indexes fetch from outside and that nothing pins: ADD of
 * a URL or a git repository without a checksum, or of something that only variables tell, and images
 * named by variables. ONBUILD instructions count for every stage, as they run where it is built on.
 */
export function movingSources(
  text: string,
  usedStages: ReadonlySet<number>,
): readonly MovingSource[] {
  const found: MovingSource[] = [];
  let stage = -1;
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stage += 1;
    const trigger = instruction instanceof Onbuild ? instruction.getTriggerInstruction() : null;
    if (trigger === null && !usedStages.has(stage)) continue;
    const why = movingIn(trigger ?? instruction);
    if (why !== undefined) found.push({line: instruction.getRange().start.line + 1, why});
  }
  return found;
}

function movingIn(instruction: Instruction): string | undefined {
  const keyword = instruction.getKeyword();
  if (keyword === 'ADD') return movingAdd(instruction);
  // Also an ADD or COPY in a heredoc or a mount: the variable's value would decide on the image.
  const from = flagsOf(instruction).find(
    (flag) =>
      (flag.getName() === 'from' && (flag.getValue() ?? '').includes('$')) ||
      (flag.getName() === 'mount' && /(?:^|,)from=[^,]*\$/u.test(flag.getValue() ?? '')),
  );
  return from === undefined
    ? undefined
    : `${keyword} takes files from an image that a variable names`;
}

function movingAdd(instruction: Instruction): string | undefined {
  const sources = sourcesOf(instruction);
  const checksum = flagsOf(instruction).find((flag) => flag.getName() === 'checksum');
  if (isPinning(checksum?.getValue() ?? '')) return undefined;
  const remote = sources.find(isRemoteSource);
  if (remote !== undefined) return `ADD fetches \`${remote}\` without a --checksum`;
  const variable = sources.find((source) => source.includes('$'));
  return variable === undefined
    ? undefined
    : `what ADD fetches depends on a variable (\`${variable}\`): write COPY for local files`;
}

/** A digest, or the id of a commit; one of a variable alone may turn out to be empty. */
const isPinning = (checksum: string): boolean => /^(?:sha256:.|[0-9a-f]{40})/u.test(checksum);

/** All words but the last, which is where they go. */
function sourcesOf(instruction: Instruction): readonly string[] {
  const words = instruction
    .getArguments()
    .map((argument) => argument.getValue().replace(/^[["',]+|[\]"',]+$/gu, ''))
    .filter((word) => word !== '');
  return words.slice(0, -1);
}

/** `isHTTPSource` and `isGitSource` of dockerfile2llb, and more rather than less. */
const isRemoteSource = (source: string): boolean =>
  source.includes('://') || source.startsWith('github.com/') || /^[^/$]+@[^/]+:/u.test(source);
