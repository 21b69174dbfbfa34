// Keeps the engine's disk from filling up with images: looks now and then, and removes what imageGarbage names, one after
// the other, until enough is free.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ImageEngine, ImageFacts } from './image-engine.ts';
import { type DiskSpace, type GarbageThresholds, imageGarbage } from './image-garbage.ts';
import type { PulledImages } from './pulled-images.ts';

export interface ImageCollectorDeps {
  readonly engine: Pick<ImageEngine, 'list' | 'inUse' | 'remove'>;
  readonly pulled: PulledImages;
  readonly isPinned: (image: ImageFacts) => boolean;
  /** Of the engine's images; undefined while that is not known. */
  readonly disk: () => Promise<DiskSpace | undefined>;
  readonly thresholds: GarbageThresholds;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 300_000;

/** Until the signal aborts; never rejects. */
export async function collectImages(deps: ImageCollectorDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await deps.clock.sleep(LOOK_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    await collectOnce(deps).catch((error: unknown) =>
      deps.log.warn({ error: describeError(error) }, 'cannot look for images to remove; will retry'),
    );
  }
}

export async function collectOnce(deps: ImageCollectorDeps): Promise<void> {
  const { engine, pulled, isPinned, clock, thresholds, log } = deps;
  const disk = await deps.disk();
  if (!disk) return;
  const present = await engine.list();
  await pulled.keepOnly(new Set(present.map(({ id }) => id)));
  const inUse = await engine.inUse();
  const view = { pulled: pulled.all(), present, inUse, isPinned, disk, thresholds, nowMs: clock.now() };
  const { images, bytesToFree } = imageGarbage(view);
  let freedBytes = 0;
  for (const image of images) {
    if (freedBytes >= bytesToFree) break;
    if (await remove(deps, image)) freedBytes += image.sizeBytes;
  }
  if (freedBytes < bytesToFree) {
    log.warn(
      { bytesToFree, freedBytes },
      'the disk of Docker is fuller than it should be, and no more images can be removed',
    );
  }
}

/** False when the engine keeps it: somebody has begun to use it. */
async function remove({ engine, log }: ImageCollectorDeps, image: ImageFacts): Promise<boolean> {
  const { id, repoTags, sizeBytes } = image;
  try {
    for (const tag of repoTags) await engine.remove(tag);
    await engine.remove(id);
    log.info({ image: repoTags[0] ?? id, sizeBytes }, 'image removed: the disk is nearly full');
    return true;
  } catch (error) {
    log.debug({ image: repoTags[0] ?? id, error: describeError(error) }, 'image not removed');
    return false;
  }
}
