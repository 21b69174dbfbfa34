// A copy of all objects of one kind, kept by list and watch. However a watch ends, the next step is a fresh list: nothing
// that was missed stays missed.
import { type Backoff, backoff } from '../../../common/backoff.ts';
import type { Clock } from '../../../common/clock.ts';
import { describeError } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

export interface ObjectSource {
  list(): Promise<{ readonly items: readonly JsonObject[]; readonly resourceVersion: string }>;
  /** Ends or throws when the server ends it; ends when the signal aborts. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

export interface ObjectCacheOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

export class ObjectCache {
  readonly #source: ObjectSource;
  readonly #options: ObjectCacheOptions;
  #objects = new Map<string, JsonObject>();
  #isSynced = false;

  constructor(source: ObjectSource, options: ObjectCacheOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** False until the first list is in. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  all(): JsonObject[] {
    return [...this.#objects.values()];
  }

  /** Returns when the signal aborts, and not before. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        await this.#listAndWatch(signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ reason: describeError(error) }, 'lost sight of the cluster; looking again');
      }
      if (clock.monotonicMs() - startedMs > STEADY_MS) wait = FIRST_WAIT;
      await clock.sleep(wait.delayMs, signal).catch(() => {});
      wait = wait.next();
    }
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#source.list();
    this.#objects = new Map(items.map((object) => [uidOf(object), object]));
    this.#isSynced = true;
    this.#options.onChange();
    for await (const event of this.#source.watch(resourceVersion, signal)) {
      if (event.type === 'ERROR')
        throw new Error(stringAt(event.object, 'message') || 'the watch has expired');
      this.#apply(event);
    }
  }

  #apply({ type, object }: WatchEvent): void {
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#objects.delete(uidOf(object));
    else this.#objects.set(uidOf(object), object);
    this.#options.onChange();
  }
}

/** A watch that held this long shows that the server is well. */
const STEADY_MS = 10_000;

const FIRST_WAIT: Backoff = backoff({ initialMs: 100, maxMs: 5_000 });

function uidOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'uid') ?? '';
}
