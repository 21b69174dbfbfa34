// How much of a pod's images an agent holds already, as the scheduler's ImageLocality counts it: the sizes of those that are
// there, each scaled by how many of the agents hold it, so that one machine with a large image is not heaped with pods.
import { canonicalName, parseImageReference } from '../../../common/image-reference.ts';
import type { Pod } from '../../../common/pod.ts';
import type { PlacementAgent } from './placement-agent.ts';

/** Sizes in bytes by the images' whole names, such as `docker.io/library/busybox:latest`. */
export type HeldImages = ReadonlyMap<string, number>;

const MEBIBYTE = 1024 * 1024;
/** Less is pulled in no time; of more, no more counts. */
const LEAST = 23 * MEBIBYTE;
const MOST_OF_A_CONTAINER = 1000 * MEBIBYTE;
const MAX = 100;

/** 0 to 100 for each of the agents. `holders`: how many of all agents hold an image. */
export function imageLocality(
  pod: Pod,
  agents: readonly Pick<PlacementAgent, 'images'>[],
  { count, holders }: { readonly count: number; readonly holders: (image: string) => number },
): readonly number[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const shares = containers.flatMap(({ image = '' }) => {
    const reference = parseImageReference(image);
    if (!reference) return [];
    const name = canonicalName(reference);
    return [{ name, share: count === 0 ? 0 : holders(name) / count }];
  });
  const most = MOST_OF_A_CONTAINER * containers.length;
  return agents.map(({ images }) => {
    let bytes = 0;
    for (const { name, share } of shares) bytes += Math.floor((images?.get(name) ?? 0) * share);
    return Math.floor((MAX * (Math.min(Math.max(bytes, LEAST), most) - LEAST)) / (most - LEAST));
  });
}
