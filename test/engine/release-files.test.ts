import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import {afterAll, beforeAll, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {openReleaseRig, type ReleaseRig} from '../rig/release-rig.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const namespace = `release-files-${Date.now().toString(36)}`;
const scanner = `${registry}/${namespace}/scanner:1`;
const platforms = ['linux/amd64', 'linux/arm64'];

/** Finds one package in whatever it is given: BuildKit's docs/attestations/sbom-protocol.md. */
const scan = `#!/bin/sh
cat > "$BUILDKIT_SCAN_DESTINATION/found.spdx.json" <<END
{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
 "predicate": {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "scanned",
   "packages": [{"name": "content", "SPDXID": "SPDXRef-1",
     "versionInfo": "$(cat "$BUILDKIT_SCAN_SOURCE/content")"}]}}
END
`;

let rig: ReleaseRig;

async function docker(...args: readonly string[]): Promise<string> {
  const {stdout} = await promisify(execFile)('docker', [...args], {maxBuffer: 100_000_000});
  return stdout;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bm-scanner-'));
  await writeFile(join(folder, 'scan'), scan, {mode: 0o755});
  const dockerfile = `FROM ${registry}/docker.io/library/busybox:1.36\nCOPY scan /scan\nENTRYPOINT ["/scan"]\n`;
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  const to = ['--platform', 'linux/amd64', '--tag', scanner, '--push', folder];
  await docker('buildx', 'build', '--builder', 'bm-one', '--quiet', ...to);
  await rm(folder, {recursive: true});
  rig = await openReleaseRig(registry, {
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY content.$TARGETARCH /content\n',
    'content.amd64': '1.2.3-of-amd64',
    'content.arm64': '1.2.3-of-arm64',
    'matrix.yml': `version: 1
images:
  app:
    targets:
      cpu: {platforms: [${platforms.join(', ')}], tags: ["{version}"], sbom: ${scanner}, provenance: max}
`,
  });
});
afterAll(() => rig.close());

interface Statement {
  readonly subject: readonly {readonly digest: {readonly sha256: string}}[];
  readonly predicate: unknown;
}

const hexOf = (digest = ''): string => digest.replace('sha256:', '');

test('the files on GitHub are those of the very image that was tested', async () => {
  const into = ['--registry', `${registry}/${namespace}`];
  const build = ['build', '--push', '--builder', 'bm-one', ...into];
  expect(await rig.run(build)).toMatchObject({exitCode: 0});
  expect(await rig.run(['release', '1.4.2', ...into])).toMatchObject({exitCode: 0});
  const files = new Map(
    rig.github.releases[0]?.assets.map(({name, bytes}) => [name, bytes.toString()]),
  );
  const statementOf = (name: string): Statement =>
    JSON.parse(files.get(name) ?? 'null') as Statement;

  // Read by another program, under the public tag.
  const tag = `${registry}/${namespace}/app:1.4.2`;
  const inspect = async (format: string): Promise<unknown> =>
    JSON.parse(await docker('buildx', 'imagetools', 'inspect', tag, '--format', format));
  const sboms = (await inspect('{{json .SBOM}}')) as Record<string, {SPDX: unknown}>;
  const origins = (await inspect('{{json .Provenance}}')) as Record<string, {SLSA: unknown}>;
  const {digest, manifests} = (await inspect('{{json .Manifest}}')) as {
    digest: string;
    manifests: {digest: string; platform: {os: string; architecture: string}}[];
  };
  const digests = [`${hexOf(digest)}  ${tag}`];
  for (const platform of platforms) {
    const prefix = `app-cpu-${platform.replace('/', '-')}`;
    const manifest = manifests.find(
      (one) => `${one.platform.os}/${one.platform.architecture}` === platform,
    )?.digest;
    const sbom = statementOf(`${prefix}.sbom.spdx.json`);
    expect(sbom.predicate).toEqual(sboms[platform]?.SPDX);
    const versionInfo = `1.2.3-of-${platform.slice('linux/'.length)}`;
    expect(sbom.predicate).toMatchObject({packages: [{name: 'content', versionInfo}]});
    const provenance = statementOf(`${prefix}.provenance.json`);
    expect(provenance.predicate).toEqual(origins[platform]?.SLSA);
    for (const {subject} of [sbom, provenance]) {
      expect(`sha256:${subject[0]?.digest.sha256 ?? ''}`).toBe(manifest);
    }
    digests.push(`${hexOf(manifest)}  app/cpu ${platform} 1.4.2`);
  }
  expect(files.get('digests.txt')).toBe(`${digests.join('\n')}\n`);

  const names = [...files.keys()].filter((name) => name !== 'checksums.txt').toSorted();
  const record = names.find((name) => name.startsWith('build-record-')) ?? '';
  expect(names).toEqual([
    ...platforms.flatMap((platform) =>
      ['provenance.json', 'sbom.spdx.json'].map(
        (ending) => `app-cpu-${platform.replace('/', '-')}.${ending}`,
      ),
    ),
    ...[record, 'digests.txt', 'sizes.json'],
  ]);
  expect(JSON.parse(files.get(record) ?? '')).toMatchObject({targets: [{digest}]});
  const sums = names.map((name) => {
    const sum = createHash('sha256').update(files.get(name) ?? '');
    return `${sum.digest('hex')}  ${name}`;
  });
  expect(files.get('checksums.txt')?.trim().split('\n').toSorted()).toEqual(sums.toSorted());
  expect(rig.github.violations).toEqual([]);
});
