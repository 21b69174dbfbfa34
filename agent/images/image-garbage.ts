// Which images may go to free a disk. Only those that this agent has pulled, that no container of the machine uses, that
// have lain unused for a while, that nobody has pinned, and that nobody else has given a name: a spare machine has an owner.
// Pure.

import { canonicalName, parseImageReference } from '../../common/image-reference.ts';
import type { ImageFacts } from './image-engine.ts';

/** An image that was not here before this agent pulled it. */
export interface PulledImage {
  readonly id: string;
  /** Under which it was pulled: registry, path and tag or digest. */
  readonly names: readonly string[];
  /** Unix milliseconds. */
  readonly lastUsedMs: number;
}

export interface DiskSpace {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** Shares of the disk in percent: above `high` images go until `low` is reached. */
export interface GarbageThresholds {
  readonly high: number;
  readonly low: number;
}

export interface GarbageView {
  readonly pulled: readonly PulledImage[];
  /** All images of the engine. */
  readonly present: readonly ImageFacts[];
  /** Ids of the images of all containers, dead ones and other people's too. */
  readonly inUse: ReadonlySet<string>;
  readonly isPinned: (image: ImageFacts) => boolean;
  readonly disk: DiskSpace;
  readonly thresholds: GarbageThresholds;
  readonly nowMs: number;
}

export interface Garbage {
  /** To be removed in this order, until enough is free. */
  readonly images: readonly ImageFacts[];
  readonly bytesToFree: number;
}

const MIN_UNUSED_MS = 120_000;

export function imageGarbage(view: GarbageView): Garbage {
  const { disk, thresholds, present, pulled, inUse, isPinned, nowMs } = view;
  const usedBytes = disk.totalBytes - disk.availableBytes;
  if (usedBytes * 100 <= disk.totalBytes * thresholds.high) return { images: [], bytesToFree: 0 };
  const bytesToFree = Math.ceil(usedBytes - (disk.totalBytes * thresholds.low) / 100);
  const candidates = pulled
    .filter(({ id, lastUsedMs }) => !inUse.has(id) && nowMs - lastUsedMs >= MIN_UNUSED_MS)
    .sort((a, b) => a.lastUsedMs - b.lastUsedMs)
    .flatMap((image) =>
      present.filter((facts) => facts.id === image.id && isOursAlone(facts, image) && !isPinned(facts)),
    );
  return { images: candidates, bytesToFree };
}

/** Every name that it has is one under which it was pulled. */
function isOursAlone({ repoTags }: ImageFacts, { names }: PulledImage): boolean {
  return repoTags.every((tag) => {
    const reference = parseImageReference(tag);
    return reference !== undefined && names.includes(canonicalName(reference));
  });
}
