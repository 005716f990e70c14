import {expect, test} from 'vitest';

import {planFailure, planWarnings} from './plan-rig.ts';

test('contexts, Dockerfiles and stages that do not exist are all located at once', async () => {
  const failure = await planFailure({
    files: {
      'app/Dockerfile.cpu': 'FROM scratch AS runtime\nFROM scratch AS test\n',
      'app/broken': 'FORM x\n',
      'file.txt': 'x',
    },
    yaml: `images:
  face:
    defaults: {context: app}
    targets:
      a: {dockerfile: Dockerfile.cpi}
      b: {dockerfile: Dockerfile.cpu, stage: runtme, noCacheStages: [tset], contexts: {x: data}}
      c: {context: ap}
      d: {context: file.txt}
      e: {dockerfile: broken}
      f: {context: "https://github.com/acme/x.git", dockerfile: anything, stage: any}
`,
  });
  expect(failure).toBe(`error: unknown instruction \`FORM\`
 --> app/broken:1:1
  |
1 | FORM x
  | ^^^^
help: did you mean \`FROM\`?
error: the Dockerfile \`app/Dockerfile.cpi\` does not exist
 --> matrix.yml:6:23
  |
6 |       a: {dockerfile: Dockerfile.cpi}
  |                       ^^^^^^^^^^^^^^
help: did you mean \`Dockerfile.cpu\`?
error: app/Dockerfile.cpu has no stage \`runtme\`
 --> matrix.yml:7:46
  |
7 |       b: {dockerfile: Dockerfile.cpu, stage: runtme, noCacheStages: [tset], contexts: {x: data}}
  |                                              ^^^^^^
help: did you mean \`runtime\`?
error: app/Dockerfile.cpu has no stage \`tset\`
 --> matrix.yml:7:70
  |
7 |       b: {dockerfile: Dockerfile.cpu, stage: runtme, noCacheStages: [tset], contexts: {x: data}}
  |                                                                      ^^^^
help: did you mean \`test\`?
error: the folder \`data\` of context \`x\` does not exist
 --> matrix.yml:7:91
  |
7 |       b: {dockerfile: Dockerfile.cpu, stage: runtme, noCacheStages: [tset], contexts: {x: data}}
  |                                                                                           ^^^^
help: write a folder, a URL, \`docker-image://…\`, \`oci-layout://…\` or \`target:NAME\`
error: the context \`ap\` does not exist
 --> matrix.yml:8:20
  |
8 |       c: {context: ap}
  |                    ^^
help: \`context\` is a folder relative to matrix.yml
error: the context \`file.txt\` is not a folder
 --> matrix.yml:9:20
  |
9 |       d: {context: file.txt}
  |                    ^^^^^^^^
help: \`context\` is a folder relative to matrix.yml`);
});

test('accelerators and bases that do not go with a platform', async () => {
  const failure = await planFailure({
    files: {
      Dockerfile: 'ARG BASE=pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime\nFROM $BASE\n',
      side: 'FROM pytorch/pytorch:1 AS tool\nFROM scratch\nCOPY --from=tool / /\n',
    },
    yaml: `images:
  face:
    defaults: {platforms: [linux/amd64, linux/arm64]}
    targets:
      cuda: {accelerator: cuda}
      jetson: {accelerator: jetson, platforms: [linux/amd64], dockerfile: side}
      l4t: {args: {BASE: "nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3"}, platforms: [linux/amd64]}
      fine: {dockerfile: side}
`,
  });
  expect(failure)
    .toBe(`error: \`pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime\` exists for linux/amd64 only, and \`face/cuda\` is to be linux/arm64
 --> matrix.yml:4:41
  |
4 |     defaults: {platforms: [linux/amd64, linux/arm64]}
  |                                         ^^^^^^^^^^^
note: the base is named here
 --> Dockerfile:2:6
  |
2 | FROM $BASE
  |      ^^^^^
help: for arm64 start from \`nvidia/cuda\` and install the aarch64 wheels of PyTorch
error: \`accelerator: jetson\` does not go with linux/amd64
 --> matrix.yml:7:49
  |
7 |       jetson: {accelerator: jetson, platforms: [linux/amd64], dockerfile: side}
  |                                                 ^^^^^^^^^^^
help: a Jetson is linux/arm64
error: \`nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3\` exists for linux/arm64 only, and \`face/l4t\` is to be linux/amd64
 --> matrix.yml:8:88
  |
8 | ...4t: {args: {BASE: "nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3"}, platforms: [linux/amd64]}
  |                                                                                    ^^^^^^^^^^^
note: the base is named here
 --> Dockerfile:2:6
  |
2 | FROM $BASE
  |      ^^^^^
help: L4T images run on Jetson only: keep linux/arm64`);
});

test('a platform is listed once, whatever it is called', async () => {
  expect(
    await planFailure({
      yaml: 'images: {face: {targets: {cpu: {platforms: [linux/arm64, "linux/{vars.a}"]}}}}\nvars: {a: aarch64}',
    }),
  ).toBe(`error: platform \`linux/arm64\` is listed twice
 --> matrix.yml:2:58
  |
2 | images: {face: {targets: {cpu: {platforms: [linux/arm64, "linux/{vars.a}"]}}}}
  |                                                          ^^^^^^^^^^^^^^^^
note: first listed here
 --> matrix.yml:2:45
  |
2 | images: {face: {targets: {cpu: {platforms: [linux/arm64, "linux/{vars.a}"]}}}}
  |                                             ^^^^^^^^^^^
help: drop one of them`);
});

test('an index has one image for each platform, of targets that exist, under a tag of its own', async () => {
  expect(
    await planFailure({
      yaml: `images:
  face:
    targets:
      cpu: {tags: [dev]}
      cuda: {matrix: {v: [1, 2]}}
    indexes:
      "{version}": [cpu]
      gpu: [cuda-1, cuda-2, cdua]
`,
    }),
  ).toBe(`error: \`face/cpu\` and this index both claim the tag \`dev\`
 --> matrix.yml:8:20
  |
8 |       "{version}": [cpu]
  |                    ^^^^^
help: give one of them another tag
error: \`face/cuda-1\` and \`face/cuda-2\` both bring linux/amd64 into one index
 --> matrix.yml:9:21
  |
9 |       gpu: [cuda-1, cuda-2, cdua]
  |                     ^^^^^^
note: the first one is this
 --> matrix.yml:9:13
  |
9 |       gpu: [cuda-1, cuda-2, cdua]
  |             ^^^^^^
help: an index has one image for each platform: keep one of them
error: no target of this image is called \`cdua\`
 --> matrix.yml:9:29
  |
9 |       gpu: [cuda-1, cuda-2, cdua]
  |                             ^^^^
help: did you mean \`cuda\`?`);
});

test('placeholders are located where they stand in the value', async () => {
  expect(
    await planFailure({
      yaml: 'images: {face: {targets: {cpu: {args: {A: "x-{matrix.cuda}", B: "{git.sha}"}}}}}',
      files: {Dockerfile: 'ARG A B\nFROM scratch\n'},
    }),
  ).toBe(`error: unknown placeholder \`{matrix.cuda}\`
 --> matrix.yml:2:46
  |
2 | images: {face: {targets: {cpu: {args: {A: "x-{matrix.cuda}", B: "{git.sha}"}}}}}
  |                                              ^^^^^^^^^^^^^
help: known here: {version} {image} {target} {key} {accelerator} {git.sha} {git.shortSha} {git.branch} {git.tag} {git.date}
error: {git.sha} has no value: there is no git commit here
 --> matrix.yml:2:66
  |
2 | images: {face: {targets: {cpu: {args: {A: "x-{matrix.cuda}", B: "{git.sha}"}}}}}
  |                                                                  ^^^^^^^^^
help: run inside a git checkout with a commit, or drop it`);
});

test('one mistake in a matrix is one error', async () => {
  const failure = await planFailure({
    yaml: 'images: {face: {targets: {cpu: {stage: lost, matrix: {a: [1, 2, 3]}}}}}',
  });
  expect(failure.match(/error:/g)).toHaveLength(1);
});

test('arguments that look like secrets or do nothing are pointed out', async () => {
  const warnings = await planWarnings({
    files: {Dockerfile: 'FROM scratch\nARG HF_TOKEN TOKENIZER\n'},
    yaml: `defaults: {args: {SHARED: "1"}}
images: {face: {targets: {cpu: {args: {HF_TOKEN: x, TOKENIZER: y, TOKENISER: z, HTTP_PROXY: p}}}}}
`,
  });
  expect(warnings.split('\n').filter((line) => /^(?:warning|help)/.test(line))).toEqual([
    'warning: Dockerfile declares no `ARG SHARED`, so that this value does nothing',
    'warning: build argument `HF_TOKEN` looks like a secret, and arguments are stored in the image and its provenance',
    'help: use `secrets: [{id: hf_token, env: HF_TOKEN}]` and `RUN --mount=type=secret,id=hf_token`',
    'warning: Dockerfile declares no `ARG TOKENISER`, so that this value does nothing',
    'help: did you mean `TOKENIZER`?',
  ]);
});

test('secrets, contexts and arguments that nothing takes are told, each once at its place', async () => {
  const heads = (text: string): readonly string[] =>
    text.split('\n').filter((line) => /^(?:warning|help| -->)/.test(line));
  const files = {
    Dockerfile: `FROM busybox AS deps
RUN --mount=type=secret,id=token --mount=target=/root/.netrc,type=secret true
FROM common
COPY --from=deps /a /a
RUN --mount=type=secret,src=other \\
  --mount=type=secret,id=last <<EOF
RUN --mount=type=secret,id=text true
EOF
ONBUILD RUN --mount=type=secret,id=later true
`,
    plain: 'FROM scratch\n',
  };
  const given = `secrets:
        [{id: token, env: A}, {id: .netrc, file: b}, {id: other, env: C}, {id: last, env: D},
         {id: later, env: E}, {id: GIT_AUTH_TOKEN, env: F}, {id: tokne, env: G}, {id: text, env: H}]`;
  expect(
    heads(
      await planWarnings({
        files,
        yaml: `templates:
  all:
    contexts: {common: "docker-image://a", commn: "docker-image://b", deps: "docker-image://c"}
    ${given.replaceAll('        ', '      ')}
images:
  app:
    targets:
      one: {extends: all}
      two: {extends: all, dockerfile: plain}
`,
      }),
    ),
  ).toEqual([
    'warning: Dockerfile names neither a stage nor an image `commn`, so that this context does nothing',
    ' --> matrix.yml:4:51',
    'help: did you mean `common`?',
    'warning: no step of Dockerfile mounts a secret `tokne`, so that it is given in vain',
    ' --> matrix.yml:7:59',
    'help: did you mean `token`?',
    'warning: no step of Dockerfile mounts a secret `text`, so that it is given in vain',
    ' --> matrix.yml:7:80',
    'help: take it with `RUN --mount=type=secret,id=text`',
  ]);
});

test('nothing is said of what a Dockerfile takes where its text alone does not tell', async () => {
  const given = '{secrets: [{id: a, env: A}], contexts: {b: "docker-image://b"}, args: {C: c}}';
  for (const dockerfile of [
    '# syntax=acme/other:1\nFROM scratch\n',
    'FROM busybox\nARG ID NAME C\nCOPY --from=$NAME / /\nRUN --mount=type=secret,id=$ID true\n',
  ]) {
    expect(
      await planWarnings({
        files: {Dockerfile: dockerfile},
        yaml: `images: {app: {targets: {one: ${given}}}}\n`,
      }),
    ).toBe('');
  }
  expect(
    await planWarnings({
      yaml: `images: {app: {targets: {one: ${given.replace('{', '{context: "https://a.example/x.git", ')}}}}\n`,
    }),
  ).toBe('');
});
