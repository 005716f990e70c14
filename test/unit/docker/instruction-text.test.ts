import {DockerfileParser} from 'dockerfile-ast';
import {expect, test} from 'vitest';
import {instructionText} from '../../../src/docker/instruction-text.ts';

const textsOf = (dockerfile: string): readonly string[] => {
  const parsed = DockerfileParser.parse(dockerfile);
  return parsed
    .getInstructions()
    .map((instruction) => instructionText(instruction, parsed.getEscapeCharacter()));
};

test.each([
  ['RUN make', 'RUN make'],
  ['run  make # all', 'run  make # all'],
  ['RUN a \\\n  # why\n  && b \\\n\n  && c', 'RUN a && b && c'],
  ['RUN a \\\r\n && b\r\n', 'RUN a && b'],
  ['RUN <<EOF\nmake\n\n  make install\nEOF', 'RUN <<EOF (make; make install)'],
  ['RUN <<A <<B cat\none\nA\ntwo\nB', 'RUN <<A <<B cat (one; two)'],
  ['COPY <<-"X" /y\nFROM inside\nX', 'COPY <<-"X" /y (FROM inside)'],
  ['RUN <<EOF\nEOF', 'RUN <<EOF ()'],
  ['ONBUILD RUN a \\\n b', 'ONBUILD RUN a b'],
  [`COPY <<EOF /x\n${'y'.repeat(300)}\nEOF`, `COPY <<EOF /x (${'y'.repeat(200)}…)`],
])('%j', (dockerfile, text) => {
  expect(textsOf(dockerfile)).toEqual([text]);
});

test('the escape directive decides what goes on', () => {
  expect(textsOf('# escape=`\nFROM x\nRUN a `\n b\nRUN c:\\\n')).toEqual([
    'FROM x',
    'RUN a b',
    'RUN c:\\',
  ]);
});
