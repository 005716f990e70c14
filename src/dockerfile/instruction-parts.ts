import {ModifiableInstruction, type Flag, type Instruction} from 'dockerfile-ast';

/** The `--name=value` flags of an instruction; none where the instruction takes none. */
export function flagsOf(instruction: Instruction): readonly Flag[] {
  return instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
}

/** A word is made of quoted text, escaped characters and everything that is no blank. */
const words = {
  '\\': /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s])+/gs,
  '`': /(?:"(?:`.|[^"`])*"|'[^']*'|`.|[^\s])+/gs,
} as const;

/**
 * The `NAME[=value]` words of an ARG, values as written; null without a value. (dockerfile-ast reads
 * `ARG A B` as one pair, as it would be in an ENV.)
 */
export function declaredArgs(
  instruction: Instruction,
  escape: string,
): readonly {readonly name: string; readonly value: string | null}[] {
  const content = instruction.getArgumentsContent() ?? '';
  return (content.match(words[escape === '`' ? '`' : '\\']) ?? []).map((word) => {
    const equals = word.indexOf('=');
    if (equals === -1) return {name: word, value: null};
    return {name: word.slice(0, equals), value: word.slice(equals + 1)};
  });
}
