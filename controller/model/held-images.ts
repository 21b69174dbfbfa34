// The images that a machine says it holds: as placement looks them up, and as a node shows them.
import { canonicalName, parseImageReference } from '../../common/image-reference.ts';
import type { HeldImages } from './placement/image-locality.ts';

export interface HeldImage {
  /** Digests, then tags; as the engine names them. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
}

export function imagesByName(held: readonly HeldImage[]): HeldImages {
  const entries = held.flatMap(({ names, sizeBytes }) =>
    names.flatMap((name): [string, number][] => {
      const reference = parseImageReference(name);
      return reference ? [[canonicalName(reference), sizeBytes]] : [];
    }),
  );
  return new Map(entries);
}

const MAX_SHOWN = 50;

/** As a kubelet shows them in its node's status. */
export function nodeImages(held: readonly HeldImage[]): { names: string[]; sizeBytes: number }[] {
  return held
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_SHOWN)
    .map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes }));
}
