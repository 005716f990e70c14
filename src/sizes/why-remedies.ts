import type {Hiding} from './why-tree.ts';
import {copiedFrom} from './why-copies.ts';
import type {Finding, Place} from './why-report.ts';
import {wasteKinds, type WasteKind} from './waste-kinds.ts';

/** How an instruction comes by its files. */
type Way =
  | {readonly kind: 'base' | 'run' | 'context' | 'unknown'}
  | {readonly kind: 'stage'; readonly from: string};

function wayOf({origin, instruction}: Place): Way {
  if (origin === 'base') return {kind: 'base'};
  const [keyword = ''] = (instruction ?? '').split(/\s/, 1);
  if (/^RUN$/i.test(keyword)) return {kind: 'run'};
  if (!/^(?:COPY|ADD)$/i.test(keyword)) return {kind: 'unknown'};
  const from = copiedFrom(instruction);
  return from === undefined ? {kind: 'context'} : {kind: 'stage', from};
}

/** Of what the base image holds. */
export const freesNothing = 'take a base image without them: deleting them here frees nothing';

/** What to do about waste of a kind that an instruction put there. */
export function wasteRemedy(kind: WasteKind, place: Place): string {
  const way = wayOf(place);
  switch (way.kind) {
    case 'base':
      return kind.inBase ?? freesNothing;
    case 'context':
      return `add \`${kind.ignored ?? 'what is not needed'}\` to .dockerignore`;
    case 'stage':
      return `it is copied from ${way.from}; there: ${kind.inRun}`;
    case 'run':
    case 'unknown':
      return kind.inRun;
  }
}

/** What to do about what is copied from another stage, where `maker` made (most of) it there. */
export function tracedRemedy({kind: name, remedy}: Finding, maker: Place): string {
  const kind = wasteKinds.find((one) => one.name === name);
  if (maker.origin === 'base') {
    return `copy only what is needed: it is in the base image of stage ${maker.stage ?? ''}`;
  }
  const there = `in line ${String(maker.line ?? '')} of stage ${maker.stage ?? ''}`;
  return kind === undefined ? `${remedy} (made ${there})` : `${there}: ${wasteRemedy(kind, maker)}`;
}

/** What to do about files that one instruction makes and another hides. */
export function hiddenRemedy(
  how: Hiding,
  isSameSize: boolean,
  place: Place,
  hiddenBy: Place,
): string {
  const way = wayOf(place);
  const isChange = isSameSize && /\bch(?:own|mod|grp)\b/.test(hiddenBy.instruction ?? '');
  if (way.kind === 'base') {
    if (isChange)
      return 'leave their owner and mode as they are: changing these stores the files again';
    if (hiddenBy.origin === 'base') return 'only another base image, or a newer one, has less';
    return how === 'deleted'
      ? freesNothing
      : 'take a newer base image: what an upgrade replaces is stored twice';
  }
  if (how === 'deleted') {
    if (way.kind === 'run')
      return 'delete them in the RUN that makes them: a later one only hides them';
    return way.kind === 'context'
      ? 'mount them with `RUN --mount=type=bind` in place of COPY: deleting later only hides them'
      : 'leave them out where they come from: deleting later only hides them';
  }
  if (isChange) {
    return way.kind === 'run'
      ? 'set owner and mode in the RUN that makes them: a later one stores them again'
      : 'use `COPY --chown=… --chmod=…`: changing owner or mode later stores them again';
  }
  return 'write them once: each version is stored';
}

/** What to do about a library that is there more than once. */
export function copiesRemedy(name: string, place: Place): string {
  if (/^lib(?:cu|nv|npp|nccl)/.test(name)) {
    return 'have CUDA once: from a base image without it (`base`, `slim`), or without the `nvidia-*` wheels of pip';
  }
  return place.origin === 'base'
    ? 'take a base image that has it once'
    : 'install it once, or make one of them a link in the instruction that adds it';
}
