// Sees to it that a container's image is on this machine, as its pull policy wants. Pods that want the same image at
// the same time share one pull; different images are pulled one after another. It does not retry: when to ask again is
// the pod's backoff.
import type { Clock } from '../../common/clock.ts';
import {
  canonicalName,
  type ImageReference,
  parseImageReference,
  repositoryName,
} from '../../common/image-reference.ts';
import type { Log } from '../../common/log.ts';
import { Turns } from '../../common/turns.ts';
import { credentialsFor, type RegistryCredential, type RegistryLogin } from '../pod/registry-credentials.ts';
import type { ImageEngine, ImageFacts, PullSource } from './image-engine.ts';
import { ImagePullError, pullFailure } from './image-pull-error.ts';
import { type PullProgress, readPullProgress } from './pull-progress.ts';
import type { PulledImages } from './pulled-images.ts';

export interface ImageRequest {
  readonly image: string;
  /** `Always`, `IfNotPresent` or `Never`; anything else means the default for the image's tag. */
  readonly policy: string | undefined;
  readonly podUid: string;
  /** What may be tried where the registry wants to know who asks; those that fit, then nobody. Undefined: not known yet. */
  readonly logins: readonly RegistryLogin[] | undefined;
  /** Called once, before the registry is asked; not at all when it need not be. */
  onPulling(): void;
  /** Called now and then while a pull goes on, the longer the more seldom. */
  onProgress(progress: PullProgress): void;
  /** Called with every step of a pull. */
  onStep?(progress: PullProgress): void;
}

export interface EnsuredImage {
  readonly imageId: string;
  readonly repoDigests: readonly string[];
  readonly repoTags: readonly string[];
  readonly sizeBytes: number;
  readonly os: string;
  readonly architecture: string;
  /** False: it was here already. */
  readonly pulled: boolean;
  /** It was not here before. */
  readonly isNew: boolean;
  /** How long the pull itself took. */
  readonly durationMs: number;
  /** How long it waited for other pulls before. */
  readonly waitedMs: number;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface ImageManagerOptions {
  readonly engine: Pick<ImageEngine, 'inspect' | 'pull' | 'list'>;
  readonly clock: Clock;
  readonly log: Log;
  /** What the engine runs. */
  readonly platform: Platform;
  /** Told what is pulled and used. */
  readonly pulled?: Pick<PulledImages, 'pulled' | 'used'>;
  readonly onPull?: ((result: 'ok' | 'failed', durationMs: number) => void) | undefined;
  /** Default 1. */
  readonly parallelPulls?: number;
  /** A pull that shows no progress for so long is given up. Default 5 min. */
  readonly stallTimeoutMs?: number;
}

interface KnownAsker extends ImageRequest {
  readonly logins: readonly RegistryLogin[];
}

interface SharedPull {
  readonly waiters: Set<Pick<ImageRequest, 'onProgress' | 'onStep'>>;
  readonly abort: AbortController;
  readonly done: Promise<EnsuredImage>;
}

interface Wish {
  readonly request: ImageRequest;
  readonly reference: ImageReference;
  readonly credentials: readonly RegistryCredential[];
}

interface Download {
  readonly source: PullSource;
  readonly tell: TellProgress;
}

/** `isNews`: those who wait should hear of it at last. */
type TellProgress = (progress: PullProgress, isNews: boolean) => void;

const FIRST_PROGRESS_MS = 15_000;
const MAX_PROGRESS_MS = 600_000;

export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #turns: Turns;
  readonly #pulls = new Map<string, SharedPull>();
  /** Every pull not yet wound down, the abandoned ones too. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ImageManagerOptions) {
    this.#options = options;
    this.#turns = new Turns(options.parallelPulls ?? 1);
  }

  /**
   * Undefined: it would have to be pulled, and it is not known yet who asks. Rejects with an ImagePullError, or with the
   * signal's reason: other pods that wait for the same pull go on.
   */
  async ensure(request: ImageRequest, signal: AbortSignal): Promise<EnsuredImage | undefined> {
    signal.throwIfAborted();
    const reference = parseImageReference(request.image);
    if (!reference) {
      const message = `Failed to apply default image tag "${request.image}": couldn't parse image name "${request.image}": invalid reference format`;
      throw new ImagePullError('InvalidImageName', message);
    }
    const policy = pullPolicy(request.policy, reference);
    if (policy !== 'Always') {
      const present = await this.#inspect(request.image, reference);
      if (present) return this.#checked(request.image, present, NOT_PULLED);
    }
    if (policy === 'Never') {
      const message = `Container image "${request.image}" is not present with pull policy of Never`;
      throw new ImagePullError('ErrImageNeverPull', message);
    }
    const { logins } = request;
    if (!logins) return undefined;
    request.onPulling();
    return this.#join({ ...request, logins }, reference, signal);
  }

  /** Ends every pull and waits until they have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const pull of this.#pulls.values()) pull.abort.abort();
    await Promise.allSettled(this.#running);
  }

  async #join(request: KnownAsker, reference: ImageReference, signal: AbortSignal): Promise<EnsuredImage> {
    const credentials = credentialsFor(repositoryName(reference), request.logins);
    // Who may ask otherwise pulls on its own account.
    const key = JSON.stringify([canonicalName(reference), credentials]);
    const pull = this.#pulls.get(key) ?? this.#start(key, { request, reference, credentials });
    pull.waiters.add(request);
    try {
      return await settledOrAborted(pull.done, signal);
    } finally {
      pull.waiters.delete(request);
      if (pull.waiters.size === 0) {
        this.#forget(key, pull);
        pull.abort.abort();
      }
    }
  }

  #start(key: string, wish: Wish): SharedPull {
    const abort = new AbortController();
    const waiters: SharedPull['waiters'] = new Set();
    const tell: TellProgress = (progress, isNews) => {
      for (const waiter of waiters) {
        waiter.onStep?.(progress);
        if (isNews) waiter.onProgress(progress);
      }
    };
    const pull: SharedPull = { waiters, abort, done: this.#pull(wish, tell, abort.signal) };
    const { done } = pull;
    this.#pulls.set(key, pull);
    const settled = done.then(
      () => {},
      () => {},
    );
    this.#running.add(settled);
    void settled.then(() => {
      this.#running.delete(settled);
      this.#forget(key, pull);
    });
    return pull;
  }

  #forget(key: string, pull: SharedPull): void {
    if (this.#pulls.get(key) === pull) this.#pulls.delete(key);
  }

  async #pull(wish: Wish, tell: TellProgress, signal: AbortSignal): Promise<EnsuredImage> {
    const { clock, log } = this.#options;
    const { reference } = wish;
    const { image, podUid } = wish.request;
    const askedMs = clock.monotonicMs();
    const endTurn = await this.#turns.take(signal);
    const startedMs = clock.monotonicMs();
    let result: 'ok' | 'failed' = 'failed';
    try {
      const before = await this.#idsBefore();
      await this.#tryAll(wish, tell, signal);
      const durationMs = clock.monotonicMs() - startedMs;
      const facts = await this.#inspect(image, reference);
      if (!facts) throw pullFailure(image, 'Docker reported success, but has no such image');
      const isNew = !before?.has(facts.id);
      if (before && isNew) await this.#options.pulled?.pulled(facts.id, canonicalName(reference));
      log.info({ image, podUid, durationMs, sizeBytes: facts.sizeBytes }, 'image pulled');
      result = 'ok';
      return this.#checked(image, facts, {
        ...{ pulled: true, isNew, durationMs },
        waitedMs: startedMs - askedMs,
      });
    } finally {
      this.#options.onPull?.(result, clock.monotonicMs() - startedMs);
      endTurn();
    }
  }

  /** With each credential, then with none; rejects with the first failure. */
  async #tryAll({ request, reference, credentials }: Wish, tell: TellProgress, signal: AbortSignal) {
    const { image } = request;
    const version = reference.digest ?? reference.tag ?? 'latest';
    const failures: unknown[] = [];
    for (const credential of [...credentials, undefined]) {
      try {
        const source = { name: repositoryName(reference), version, credential };
        return await this.#download(image, { source, tell }, signal);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
    throw failures[0];
  }

  /** Resolves when the engine says it has all of it; rejects with an ImagePullError, or the signal's reason. */
  async #download(image: string, { source, tell }: Download, signal: AbortSignal): Promise<void> {
    const { engine, clock, stallTimeoutMs = 300_000 } = this.#options;
    let nextTold = { atMs: clock.monotonicMs() + FIRST_PROGRESS_MS, afterMs: FIRST_PROGRESS_MS };
    const stalled = new AbortController();
    const finished = new AbortController();
    let progressMs = clock.monotonicMs();
    const watch = async () => {
      for (let idleMs = 0; idleMs < stallTimeoutMs; idleMs = clock.monotonicMs() - progressMs) {
        await clock.sleep(stallTimeoutMs - idleMs, finished.signal);
      }
      stalled.abort();
    };
    const watching = watch().catch(() => {});
    try {
      const stream = await engine.pull(source, AbortSignal.any([signal, stalled.signal]));
      await readPullProgress(stream, (progress) => {
        progressMs = clock.monotonicMs();
        const isNews = progressMs >= nextTold.atMs;
        tell(progress, isNews);
        if (!isNews) return;
        const afterMs = Math.min(MAX_PROGRESS_MS, nextTold.afterMs * 2);
        nextTold = { atMs: progressMs + afterMs, afterMs };
      });
    } catch (error) {
      signal.throwIfAborted();
      const quiet = `no progress for ${Math.round(stallTimeoutMs / 1000)} s, given up`;
      throw pullFailure(image, stalled.signal.aborted ? quiet : error);
    } finally {
      finished.abort();
      await watching;
    }
    signal.throwIfAborted();
  }

  /** Undefined where nobody wants to know. */
  async #idsBefore(): Promise<ReadonlySet<string> | undefined> {
    const { engine, pulled } = this.#options;
    return pulled && new Set((await engine.list()).map(({ id }) => id));
  }

  async #inspect(image: string, reference: ImageReference): Promise<ImageFacts | undefined> {
    try {
      return await this.#options.engine.inspect(canonicalName(reference));
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const message = `Failed to inspect image "${image}": ${text}`;
      throw new ImagePullError('ImageInspectError', message, { cause });
    }
  }

  #checked(image: string, facts: ImageFacts, how: typeof NOT_PULLED): EnsuredImage {
    const { platform } = this.#options;
    if (!runsOn(platform, facts)) {
      const message = `image "${image}" is built for ${facts.os}/${facts.architecture}, but this machine runs ${platform.os}/${platform.architecture}; use an image built for it, or pin the pod to a machine that fits`;
      throw new ImagePullError('ErrImagePull', message);
    }
    const { id, repoDigests, repoTags, sizeBytes, os, architecture } = facts;
    this.#options.pulled?.used(id);
    return { imageId: id, repoDigests, repoTags, sizeBytes, os, architecture, ...how };
  }
}

const NOT_PULLED = { pulled: false, isNew: false, durationMs: 0, waitedMs: 0 };

/** What the API server would have filled in: a moving tag is asked for each time. */
function pullPolicy(
  policy: string | undefined,
  reference: ImageReference,
): 'Always' | 'IfNotPresent' | 'Never' {
  if (policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never') return policy;
  return reference.tag === 'latest' && reference.digest === undefined ? 'Always' : 'IfNotPresent';
}

/** Architectures beside its own that a 64-bit machine runs. An image made by hand may not say what it is. */
const ALSO_RUNS: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

function runsOn(platform: Platform, image: Platform): boolean {
  const { os, architecture } = image;
  if (os !== '' && os !== platform.os) return false;
  return (
    architecture === '' ||
    architecture === platform.architecture ||
    architecture === ALSO_RUNS[platform.architecture]
  );
}

function settledOrAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
