// Which of the machine's images the controller is told of, so that pods go where their images are: those with a name, the
// largest first, as many as are worth telling. Pure.
import type { ImageFacts } from './image-engine.ts';

export interface HeldImage {
  /** Digests, then tags. */
  readonly names: string[];
  readonly sizeBytes: number;
}

const MAX_IMAGES = 100;
const MAX_NAMES = 5;

export function heldImages(all: readonly ImageFacts[]): HeldImage[] {
  return all
    .map(({ repoDigests, repoTags, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags].slice(0, MAX_NAMES),
      sizeBytes,
    }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (String(a.names) < String(b.names) ? -1 : 1))
    .slice(0, MAX_IMAGES);
}
