// Volumes that show what an image holds, and the state of those images beside those that containers run.
import type { Pod } from '../../common/pod.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';

export interface WantedImage {
  readonly image: string;
  readonly policy: string | undefined;
  /** Undefined: it is for a volume. */
  readonly container: string | undefined;
}

/** No container's name has a slash. */
const VOLUMES = 'volumes/';

/** Under which a volume's image is remembered, beside the names of containers. */
export function imageVolumeKey(volume: string): string {
  return `${VOLUMES}${volume}`;
}

/** The image of a container, or of a volume by its key; undefined when the pod has none such. */
export function wantedImage(pod: Pod, key: string): WantedImage | undefined {
  if (!key.startsWith(VOLUMES)) {
    const spec = podMembers(pod).find(({ spec: { name } }) => name === key)?.spec;
    return spec && { image: spec.image ?? '', policy: spec.imagePullPolicy, container: spec.name };
  }
  const name = key.slice(VOLUMES.length);
  const source = pod.spec.volumes?.find((volume) => volume.name === name)?.image;
  return source && { image: source.reference ?? '', policy: source.pullPolicy, container: undefined };
}

/** Every image that the pod names. */
export function wantedImages(pod: Pod): ReadonlySet<string> {
  const run = podMembers(pod).map(({ spec }) => spec.image);
  const shown = (pod.spec.volumes ?? []).map(({ image }) => image?.reference);
  return new Set([...run, ...shown].flatMap((image) => image ?? []));
}

/** Of the images that a container mounts, the keys, in the order of its mounts. */
export function mountedImages(container: PodContainer, pod: Pod): readonly string[] {
  const names = new Set(container.volumeMounts?.map(({ name }) => name));
  const volumes = pod.spec.volumes?.filter(({ name, image }) => image && names.has(name)) ?? [];
  return volumes.map(({ name }) => imageVolumeKey(name));
}
