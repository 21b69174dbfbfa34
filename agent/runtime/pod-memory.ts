// What a worker remembers of its pod while the agent runs, and may forget: pulls under way, failures and their
// backoff, who was killed when. All on the monotonic clock.
import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { wantedImage, wantedImages } from '../pod/image-volumes.ts';
import { INITIAL_DELAY_MS, MAX_DELAY_MS } from '../pod/restart.ts';
import type { ImageState, Situation, StepFailure } from '../pod/situation.ts';
import { LaunchMemory } from './launch-memory.ts';
import { VolumeMemory } from './volume-memory.ts';

type Remembered = Pick<
  Situation,
  'images' | 'failures' | 'killedMsAgo' | 'volumes' | 'launches' | 'aheadRefused'
>;

const CONFIG_ERRORS = new Set(['CreateContainerConfigError', 'CreatePodSandboxError']);

/** What its name means may change, and an image that nothing holds may go: before it is used later than this, it is asked for. */
const IMAGE_KNOWN_MS = 60_000;

/** As the kubelet's next sync of a pod whose last one failed. */
const RETRY_MS = 10_000;

/** Of the image that was asked for; another one in the pod since then is another matter. */
type ImageMemory = { readonly image: string } & ImageProgress;

type ImageProgress =
  | Exclude<ImageState, { readonly kind: 'failed' | 'ready' }>
  | { readonly kind: 'ready'; readonly imageId: string; readonly atMs: number }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly lacked: readonly string[];
      readonly atMs: number;
      readonly delayMs: number;
    };

export class PodMemory {
  readonly volumes: VolumeMemory;
  readonly launches = new LaunchMemory();
  readonly #clock: Clock;
  readonly #images = new Map<string, ImageMemory>();
  /** By image: how long to wait after its next failed pull. */
  readonly #pullDelays = new Map<string, number>();
  readonly #failures = new Map<string, { reason: string; message: string; atMs: number }>();
  readonly #killed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.volumes = new VolumeMemory(clock);
  }

  /** `wantedVolumes`: what its volumes are now. */
  recall(pod: Pod, wantedVolumes: string | undefined): Remembered {
    const nowMs = this.#clock.monotonicMs();
    const current = [...this.#images].filter(([key, image]) => {
      const wanted = wantedImage(pod, key);
      return wanted?.image === image.image && !(wanted.container && isOutdated(image, nowMs));
    });
    return {
      images: new Map(current.map(([name, image]) => [name, imageState(image, nowMs)])),
      failures: new Map(
        [...this.#failures].map(([name, { reason, message, atMs }]): [string, StepFailure] => [
          name,
          { reason, message, agoMs: nowMs - atMs, delayMs: RETRY_MS },
        ]),
      ),
      killedMsAgo: new Map([...this.#killed].map(([id, atMs]) => [id, nowMs - atMs])),
      volumes: this.volumes.recall(wantedVolumes),
      launches: this.launches.states,
      aheadRefused: this.launches.aheadRefused,
    };
  }

  /** The pod as it is now, and its containers that are there: of what is no more nothing is remembered. */
  retain(pod: Pod, present: ReadonlySet<string>): void {
    for (const id of this.#killed.keys()) if (!present.has(id)) this.#killed.delete(id);
    this.launches.retain(present);
    const images = wantedImages(pod);
    for (const image of this.#pullDelays.keys()) if (!images.has(image)) this.#pullDelays.delete(image);
  }

  /** `key`: the container's name, or the volume's key. */
  pulling(key: string, image: string): void {
    this.#images.set(key, { image, kind: 'pulling' });
  }

  imageAwaitsSecrets(key: string, image: string): void {
    this.#progress(key, image, { kind: 'awaits-secrets' });
  }

  imageReady(key: string, image: string, imageId: string): void {
    this.#pullDelays.delete(image);
    this.#progress(key, image, { kind: 'ready', imageId, atMs: this.#clock.monotonicMs() });
  }

  imageFailed(
    key: string,
    image: string,
    failure: { readonly reason: string; readonly message: string; readonly lacked: readonly string[] },
  ): void {
    const delayMs = this.#pullDelays.get(image) ?? INITIAL_DELAY_MS;
    this.#pullDelays.set(image, Math.min(MAX_DELAY_MS, delayMs * 2));
    this.#progress(key, image, { kind: 'failed', ...failure, atMs: this.#clock.monotonicMs(), delayMs });
  }

  /** It was used, or the pull was given up: the next start asks again. */
  imageForgotten(key: string, image: string): void {
    if (this.#images.get(key)?.image === image) this.#images.delete(key);
  }

  #progress(key: string, image: string, progress: ImageProgress): void {
    if (this.#images.get(key)?.image === image) this.#images.set(key, { image, ...progress });
  }

  failed(what: string, failure: { reason: string; message: string }): void {
    this.#failures.set(what, { ...failure, atMs: this.#clock.monotonicMs() });
  }

  /** What a container or the sandbox is made of has changed: whether it can be made now is worth a look at once. */
  configChanged(): void {
    for (const [what, { reason }] of this.#failures)
      if (CONFIG_ERRORS.has(reason)) this.#failures.delete(what);
    this.launches.configChanged();
  }

  succeeded(what: string): void {
    this.#failures.delete(what);
  }

  killed(id: string): void {
    this.#killed.set(id, this.#clock.monotonicMs());
  }
}

function isOutdated(image: ImageMemory, nowMs: number): boolean {
  return image.kind === 'ready' && nowMs - image.atMs >= IMAGE_KNOWN_MS;
}

function imageState(image: ImageMemory, nowMs: number): ImageState {
  if (image.kind !== 'failed') return image;
  const { kind, reason, message, lacked, atMs, delayMs } = image;
  return { kind, reason, message, lacked, agoMs: nowMs - atMs, delayMs };
}
