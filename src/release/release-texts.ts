import {createHash} from 'node:crypto';

import {repositoryIn} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {GitHubAssetFile} from '../ports/github.ts';
import type {Images} from '../ports/images.ts';
import type {BuildRecord} from '../records/build-record.ts';
import {formatRecord} from '../records/record-codec.ts';
import type {SizeReport} from '../sizes/size-report.ts';
import {baseImagesIn, readAttestation, type Attestation, type BaseImage} from './attestations.ts';
import {digestsFile, formatDigests} from './digests-file.ts';
import type {ReleaseTexts} from './github-steps.ts';
import type {PromotedTarget} from './promoted-targets.ts';
import type {ExactTags, ReleasePlan} from './release-plan.ts';
import type {NotedIndex, ReleaseNotesFacts} from './release-notes-facts.ts';
import type {ReleaseState} from './release-state.ts';
import type {StepFailure} from './release-step.ts';

export interface TextSources {
  readonly plan: ReleasePlan;
  readonly targets: readonly PromotedTarget[];
  /** The runs that built them. */
  readonly records: readonly BuildRecord[];
  /** Their sizes, compared with the previous release. */
  readonly sizes: SizeReport;
  readonly images: Images;
  /** GitHub's own notes; null without. */
  readonly generated: string | null;
  readonly render: (facts: ReleaseNotesFacts) => string;
}

const checksums = 'checksums.txt';
const sizesFile = 'sizes.json';

/** Names of all files of a release, the checksums last. GitHub leaves letters, digits, `.`, `_` and `-` as they are. */
export function releaseFileNames(
  targets: readonly PromotedTarget[],
  records: readonly BuildRecord[],
): readonly string[] {
  return [
    ...records.map(recordName),
    digestsFile,
    sizesFile,
    ...attestationsOf(targets).map(({name}) => name),
    checksums,
  ];
}

const recordName = ({runId}: BuildRecord): string => `build-record-${runId}.json`;

interface NamedAttestation {
  readonly name: string;
  readonly attestation: Attestation;
}

function attestationsOf(targets: readonly PromotedTarget[]): readonly NamedAttestation[] {
  return targets.flatMap(({target, platforms}) =>
    platforms.flatMap(({platform, attestations}) => {
      const prefix = `${target}-${platform}`.replaceAll('/', '-');
      return attestations.map((attestation) => {
        const ending = attestation.kind === 'sbom' ? 'sbom.spdx.json' : 'provenance.json';
        return {name: `${prefix}.${ending}`, attestation};
      });
    }),
  );
}

/** The texts and files of a release. What is read from the registry is read when it is needed, once. */
export function releaseTexts(sources: TextSources): ReleaseTexts {
  const {plan, targets, records, images, render} = sources;
  const attestations = attestationsOf(targets);
  const kept = new Map<string, Uint8Array>();

  async function attested(name: string): Promise<Result<Uint8Array, StepFailure>> {
    const known = kept.get(name);
    if (known !== undefined) return ok(known);
    const found = attestations.find((one) => one.name === name);
    if (found === undefined) throw new Error(`a release has no file ${name}`);
    const bytes = await readAttestation(images, found.attestation);
    if (!bytes.ok) {
      const {kind, message} = bytes.error;
      return err({message, remedy: 'run the same command again', passing: kind === 'unreachable'});
    }
    kept.set(name, bytes.value);
    return bytes;
  }

  async function bytesOf(
    name: string,
    state: ReleaseState,
  ): Promise<Result<Uint8Array, StepFailure>> {
    if (name === digestsFile) {
      return ok(utf8(formatDigests(plan.version, targets, state.digests)));
    }
    if (name === sizesFile) return ok(utf8(`${JSON.stringify(sources.sizes, null, 2)}\n`));
    if (name === checksums) {
      const lines: string[] = [];
      for (const one of releaseFileNames(targets, records).filter((each) => each !== checksums)) {
        const bytes = await bytesOf(one, state);
        if (!bytes.ok) return bytes;
        lines.push(`${createHash('sha256').update(bytes.value).digest('hex')}  ${one}`);
      }
      return ok(utf8(`${lines.join('\n')}\n`));
    }
    const record = records.find((one) => recordName(one) === name);
    return record === undefined ? attested(name) : ok(utf8(formatRecord(record)));
  }

  async function bases(): Promise<Result<readonly BaseImage[], StepFailure>> {
    const found = new Map<string, BaseImage>();
    for (const {name, attestation} of attestations) {
      if (attestation.kind !== 'provenance') continue;
      const bytes = await attested(name);
      if (!bytes.ok) return bytes;
      for (const base of baseImagesIn(bytes.value)) {
        found.set(`${base.reference} ${base.digest}`, base);
      }
    }
    return ok([...found.values()].toSorted((a, b) => (a.reference < b.reference ? -1 : 1)));
  }

  return {
    title: plan.gitTag,
    async notes(state) {
      const used = await bases();
      return used.ok ? ok(render(notesFacts(sources, used.value, state))) : used;
    },
    async file(name, state): Promise<Result<GitHubAssetFile, StepFailure>> {
      const bytes = await bytesOf(name, state);
      if (!bytes.ok) return bytes;
      const contentType = name.endsWith('.txt') ? 'text/plain' : 'application/json';
      return ok({name, contentType, bytes: bytes.value});
    },
  };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function notesFacts(
  {plan, targets, sizes, generated}: TextSources,
  bases: readonly BaseImage[],
  state: ReleaseState,
): ReleaseNotesFacts {
  const exact = plan.steps.filter((step) => step.kind === 'exact-tags');
  const pinnedOf = ({references}: ExactTags): string | null => {
    const [reference = ''] = references;
    const digest = state.digests.get(reference);
    return digest === undefined ? null : `${repositoryIn(reference)}@${digest}`;
  };
  const ids = new Set(targets.map(({target}) => target));
  return {
    ...plan,
    images: targets.map(({target, platforms}) => {
      const own = exact.filter(({of}) => of === target);
      return {
        target,
        references: own.flatMap(({references}) => references),
        pinned: own[0] === undefined ? null : pinnedOf(own[0]),
        platforms: platforms.map(({platform, digest}) => {
          const image = sizes.images.find((one) => one.digest === digest);
          const compressed = image?.size.compressed ?? null;
          const before = image?.size.before?.compressed ?? null;
          return {
            ...{platform, digest, compressed},
            unpacked: image?.size.unpacked ?? null,
            change: compressed === null || before === null ? null : compressed - before,
          };
        }),
      };
    }),
    indexes: exact.flatMap((step): readonly NotedIndex[] =>
      ids.has(step.of)
        ? []
        : [{references: step.references, targets: step.targets, pinned: pinnedOf(step)}],
    ),
    moved: plan.steps.flatMap((step) =>
      step.kind === 'moving-tags'
        ? step.references.map((reference) => ({reference, exact: step.exact}))
        : [],
    ),
    ...{bases, generated},
  };
}
