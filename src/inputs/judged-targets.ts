import {parseImageRef, repositoryOf} from '../model/image-ref.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {MadePlan} from '../plan/make-plan.ts';
import type {Images} from '../ports/images.ts';
import type {ImagePlace} from './find-image.ts';
import type {JudgedTarget} from './judge-plan.ts';

/** Where images are read from, by the kind of output. */
export interface PlaceImages {
  readonly push: Images;
  readonly oci: Images;
}

/**
 * The targets of a plan, each with all its builds, and where its images are. `recorded` gives digests
 * that records of earlier runs name for a target, newest first.
 */
export function judgedTargets(
  {plan, builds}: MadePlan,
  {
    images,
    recorded,
  }: {
    readonly images: PlaceImages;
    readonly recorded?: (target: string) => readonly string[];
  },
): readonly JudgedTarget[] {
  const targets = new Map<string, JudgedTarget['builds'][number][]>();
  for (const [at, planned] of plan.targets.entries()) {
    const id = `${planned.image}/${planned.name}`;
    const build = builds[at];
    if (build === undefined) throw new Error(`${planned.id} has no build`);
    const known = targets.get(id);
    if (known === undefined) targets.set(id, [{planned, build}]);
    else known.push({planned, build});
  }
  return [...targets].map(([id, own]) => {
    const first = own[0]?.planned;
    return {
      id,
      builds: own,
      place: first === undefined ? null : placeOf(first, images),
      references: [
        ...(first?.tags.map(tagOf) ?? []),
        ...(own[0]?.build.reuse ?? []),
        ...(recorded?.(id) ?? []),
      ],
    };
  });
}

function placeOf({output, tags}: PlannedTarget, images: PlaceImages): ImagePlace | null {
  switch (output.kind) {
    case 'load':
      return null;
    case 'oci':
      return {kind: 'oci', repository: output.folder, images: images.oci};
    case 'push': {
      const main = parseImageRef(tags[0] ?? '');
      return main.ok
        ? {kind: 'push', repository: repositoryOf(main.value), images: images.push}
        : null;
    }
  }
}

const tagOf = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);
