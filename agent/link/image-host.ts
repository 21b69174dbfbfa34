// The seam between the session with the controller and the images of this machine. images/ implements it; the session calls it.
import type { HeldImage } from '../../proto/gen/longshore/v1/HeldImage.ts';

export interface ImageHost {
  /** What the controller is told of; undefined: not known yet. */
  held(): HeldImage[] | undefined;
  /** These shall stay although nothing uses them, and no others. Durable when it resolves. */
  keep(images: readonly string[]): Promise<void>;
}
