// The images that stay although nothing uses them, as the controller said last: kept on the disk, so that they stay while it
// is away, too.
import { wholeName } from '../../common/image-reference.ts';
import type { ImageFacts } from './image-engine.ts';

export interface PinnedImageStore {
  /** Empty when nothing was kept, or what was cannot be read. */
  load(): Promise<readonly string[]>;
  save(names: readonly string[]): Promise<void>;
}

export interface PinnedImages {
  isPinned(image: Pick<ImageFacts, 'repoTags' | 'repoDigests'>): boolean;
  /** No others are. Durable when it resolves. */
  replace(images: readonly string[]): Promise<void>;
}

export async function openPinnedImages(store: PinnedImageStore): Promise<PinnedImages> {
  let names = new Set(await store.load());
  return {
    isPinned: ({ repoTags, repoDigests }) =>
      [...repoTags, ...repoDigests].some((name) => names.has(wholeName(name))),
    async replace(images) {
      const next = new Set(images.map(wholeName));
      if (next.size === names.size && [...next].every((name) => names.has(name))) return;
      await store.save([...next].sort());
      names = next;
    },
  };
}
