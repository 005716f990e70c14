import {
  ModifiableInstruction,
  PropertyInstruction,
  type Flag,
  type Instruction,
} from 'dockerfile-ast';

/** The `--name=value` flags of an instruction; none where the instruction takes none. */
export function flagsOf(instruction: Instruction): readonly Flag[] {
  return instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
}

/** The `NAME=value` pairs of an ARG, values as written; null without a value. */
export function propertiesOf(
  instruction: Instruction,
): readonly {readonly name: string; readonly value: string | null}[] {
  if (!(instruction instanceof PropertyInstruction)) return [];
  return instruction.getProperties().map((property) => ({
    name: property.getName(),
    value: property.getUnescapedValue(),
  }));
}
