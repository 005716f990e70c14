import {signedBytes} from '../model/byte-size.ts';
import type {InstructionReport} from './size-report.ts';

const mostCharacters = 48;

/** An instruction in a sentence: its first words on one line. */
export function shortText({text}: {readonly text: string}): string {
  const line = text.trim().replaceAll(/\s+/gu, ' ');
  const letters = Array.from(line);
  if (letters.length <= mostCharacters) return line;
  const start = letters.slice(0, mostCharacters - 1).join('');
  return `${start.trimEnd()}…`;
}

/** `line 12 (RUN pip install …)`; only the instruction where no line is known. */
export function placeOf(instruction: InstructionReport): string {
  const {line} = instruction;
  const text = shortText(instruction);
  return line > 0 ? `line ${String(line)} (${text})` : `\`${text}\``;
}

/** ` (+12.3 MB)`; nothing when it is not known. */
export function growthNote(bytes: number | null): string {
  return bytes === null ? '' : ` (${signedBytes(bytes)})`;
}
