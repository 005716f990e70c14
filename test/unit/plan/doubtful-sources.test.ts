import {expect, test} from 'vitest';

import {planWarnings} from './plan-rig.ts';

const targets = (text: string): string => `images: {app: {targets: {one: {${text}}}}}\n`;

test('a source that is nearly a stage, a context or a file is told where it stands', async () => {
  const files = {
    Dockerfile: `FROM busybox AS deps
COPY --from=unused-stage /x /x
FROM busybox
COPY --from=dep /a /a
RUN --mount=from=comon,target=/x true
COPY servise lib/mian.py /srv/
ADD none/at/all /
COPY --from=common /a /a
`,
    'service/app.py': '',
    'lib/main.py': '',
  };
  const warnings = await planWarnings({
    files,
    yaml: targets('contexts: {common: "docker-image://a"}'),
  });
  expect(warnings)
    .toBe(`warning: no stage or context is called \`dep\`, so that it is an image of Docker Hub
 --> Dockerfile:4:6
  |
4 | COPY --from=dep /a /a
  |      ^^^^^^^^^^
help: did you mean the stage \`deps\`? For the image, write \`dep:latest\`
warning: no stage or context is called \`comon\`, so that it is an image of Docker Hub
 --> Dockerfile:5:5
  |
5 | RUN --mount=from=comon,target=/x true
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
help: did you mean the context \`common\`? For the image, write \`comon:latest\`
warning: \`servise\` is not in the context \`.\`
 --> Dockerfile:6:6
  |
6 | COPY servise lib/mian.py /srv/
  |      ^^^^^^^
help: did you mean \`service\`?
warning: \`lib/mian.py\` is not in the context \`.\`
 --> Dockerfile:6:14
  |
6 | COPY servise lib/mian.py /srv/
  |              ^^^^^^^^^^^
help: did you mean \`lib/main.py\`?
warning: \`none\` is not in the context \`.\`
 --> Dockerfile:7:5
  |
7 | ADD none/at/all /
  |     ^^^^^^^^^^^
help: paths of COPY are relative to \`context\``);
});

test('what may be as it is written is not doubted', async () => {
  const dockerfile = `FROM node AS node1
FROM scratch AS never
COPY nowhere /
FROM scratch AS replaced
COPY nowhere /
FROM node
ARG A
COPY --from=node /a /a
COPY --from=node1 /a /a
COPY --from=nginx /a /a
COPY --from=nod1:3 /a /a
COPY --from=x/node1 /a /a
COPY --from=0 /a /a
COPY --from=replaced nowhere /
COPY --chown=1:1 $A/x \${A}y *.txt a?b [ab] "q r" /
COPY ["no where", "/"]
COPY . ./ / ../.. /
COPY ./lib/../lib/./main.py /lib/ /
ADD https://example.com/x git@example.com:a/b.git#c http://x /
COPY <<EOF other /
nowhere
EOF
ONBUILD COPY nowhere /
`;
  expect(
    await planWarnings({
      files: {Dockerfile: dockerfile, 'lib/main.py': ''},
      yaml: targets('contexts: {replaced: lib}'),
    }),
  ).toBe('');
  const wrong = 'FROM scratch AS deps\nFROM scratch\nCOPY --from=dep / /\nCOPY nowhere /\n';
  expect(
    await planWarnings({
      files: {Dockerfile: `# syntax=acme/other\n${wrong}`},
      yaml: targets(''),
    }),
  ).toBe('');
});
