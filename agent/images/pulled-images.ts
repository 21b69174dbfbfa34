// What this agent has pulled, and when it was last used: kept on the disk, so that a restarted agent still knows which
// images are its own to remove.
import type { Clock } from '../../common/clock.ts';
import type { PulledImage } from './image-garbage.ts';

export interface PulledImageStore {
  /** Empty when nothing was kept, or what was cannot be read: then nothing is ours to remove. */
  load(): Promise<readonly PulledImage[]>;
  save(images: readonly PulledImage[]): Promise<void>;
}

export interface PulledImages {
  all(): readonly PulledImage[];
  /** Durable when it resolves. */
  pulled(id: string, name: string): Promise<void>;
  used(id: string): void;
  /** Durable when it resolves. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>;
}

export async function openPulledImages(store: PulledImageStore, clock: Clock): Promise<PulledImages> {
  const images = new Map((await store.load()).map((image) => [image.id, image]));
  let saved = true;
  const save = async () => {
    saved = true;
    await store.save([...images.values()]);
  };
  return {
    all: () => [...images.values()],
    async pulled(id, name) {
      const names = new Set([...(images.get(id)?.names ?? []), name]);
      images.set(id, { id, names: [...names], lastUsedMs: clock.now() });
      await save();
    },
    used(id) {
      const image = images.get(id);
      if (!image) return;
      images.set(id, { ...image, lastUsedMs: clock.now() });
      saved = false;
    },
    async keepOnly(ids) {
      for (const id of images.keys()) if (!ids.has(id)) saved = !images.delete(id) && saved;
      if (!saved) await save();
    },
  };
}
