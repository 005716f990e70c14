import type {BuildPlan, PlannedTarget} from '../../../src/plan/build-plan.ts';

/** A target of the image `face-service` that goes into an OCI layout. */
export function plannedTarget(name: string, changes: Partial<PlannedTarget> = {}): PlannedTarget {
  const id = `face-service/${name}`;
  const metadataFile = `.build-matrix/work/${id}.json`;
  return {
    ...{id, part: null},
    image: 'face-service',
    name,
    key: name,
    axes: {},
    description: null,
    accelerator: 'cpu',
    platforms: ['linux/amd64'],
    context: 'dockerfiles',
    dockerfile: 'dockerfiles/Dockerfile',
    stages: [
      {name: 'runtime', index: 0, line: 1, base: {kind: 'scratch'}, shipped: true, used: true},
      {name: 'beside', index: 1, line: 5, base: {kind: 'scratch'}, shipped: false, used: false},
    ],
    stage: null,
    tags: [`face-service:1.0-${name}`],
    dependsOn: [],
    output: {kind: 'oci', folder: '.build-matrix/images/face-service'},
    layouts: ['.build-matrix/images/face-service'],
    builder: null,
    budget: [],
    command: {
      program: 'docker',
      args: ['buildx', 'build', `--metadata-file=${metadataFile}`, 'dockerfiles'],
      env: {BUILDX_METADATA_PROVENANCE: 'max'},
    },
    metadataFile,
    stageExports: [],
    noStageExports: null,
    ...changes,
  };
}

export function planOf(...targets: readonly PlannedTarget[]): BuildPlan {
  return {
    schema: 1,
    tool: '0.1.0',
    matrixFile: 'matrix.yml',
    git: null,
    version: '1.0',
    targets,
    routes: [],
    builders: [],
    publications: [],
    fingerprint: `sha256:${'f'.repeat(64)}`,
  };
}
