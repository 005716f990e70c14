import type {PlanCase} from './plan-rig.ts';
import {sampleGit} from './plan-rig.ts';

/** A matrix with one of everything that a plan shows: the golden plan is made of it. */
export const samplePlan: PlanCase = {
  git: sampleGit,
  options: {mirrors: {'nvcr.io': 'localhost:5000/nvcr.io'}},
  yaml: `
registries:
  local: {type: oci, url: "http://localhost:5000"}
  hub: {type: docker-hub, namespace: acme}
defaults:
  context: app
  registries: [local, hub]
  cache: {type: registry, mode: max}
templates:
  gpu: {accelerator: cuda, allow: [device], shmSize: 1g}
images:
  face-service:
    targets:
      cpu:
        description: Any CPU
        dockerfile: Dockerfile.cpu
        platforms: [linux/amd64, linux/arm64]
        stage: runtime
        args: {COMMIT: "{git.shortSha}", DEBUG: null}
        secrets: [{id: pip, file: pip.conf}, {id: token, env: TOKEN}]
        ssh: [{id: default}]
        tags: ["{version}", "{version}-cpu"]
        provenance: max
        sbom: true
      cuda:
        extends: gpu
        dockerfile: Dockerfile.gpu
        matrix: {cuda: ["12.4", "12.6"]}
        args: {BASE: "nvcr.io/nvidia/cuda:{matrix.cuda}.0-runtime-ubuntu22.04"}
        tags: ["{version}-{target}"]
        labels: {org.example.cuda: "{matrix.cuda}"}
        annotations: {"index:org.example.team": vision}
      debug:
        dockerfile: Dockerfile.debug
        platforms: [linux/arm64]
        contexts: {service: "target:cpu", data: data}
        network: host
        noCache: true
`,
  files: {
    'app/Dockerfile.cpu': `# syntax=docker/dockerfile:1
ARG COMMIT
FROM python:3.12-slim AS base
FROM base AS install
FROM base AS test
COPY --from=install /app /app
FROM base AS runtime
COPY --from=install /app /app
`,
    'app/Dockerfile.gpu': 'ARG BASE\nFROM $BASE\n',
    'app/Dockerfile.debug': 'FROM service\nCOPY --from=data / /\n',
    'data/x': '',
  },
};
