// Looks at one pod in Docker: one complete list, and an inspection of whatever has changed its state since the last.
import type { Clock } from '../../common/clock.ts';
import { SANDBOX } from '../pod/names.ts';
import type { Observation, ObservedContainer, ObservedState } from '../pod/observation.ts';
import type { Engine, EngineContainer, EngineImage } from './engine.ts';

/** What ended is more than Docker's own account of it: asked once for each end. */
export type CompleteEnd = (container: EngineContainer) => Promise<EngineContainer>;

interface Seen {
  readonly summaryState: string;
  readonly container: EngineContainer;
}

export class PodObserver {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #podUid: string;
  readonly #complete: CompleteEnd;
  readonly #seen = new Map<string, Seen>();
  /** Those under inspection to which nothing has happened since it began. */
  readonly #looking = new Set<string>();
  /** By id: when it ended, on the clock that does not jump. */
  readonly #exits = new Map<string, number>();
  readonly #images = new Map<string, EngineImage | undefined>();

  constructor(engine: Engine, clock: Clock, podUid: string, complete: CompleteEnd) {
    this.#engine = engine;
    this.#clock = clock;
    this.#podUid = podUid;
    this.#complete = complete;
  }

  /** Something happened to this container: what was seen of it no longer counts. */
  forget(id: string): void {
    this.#seen.delete(id);
    this.#looking.delete(id);
  }

  /** What the image is called; known for every image of the last observation, and no other. */
  imageNames(imageId: string): EngineImage | undefined {
    return this.#images.get(imageId);
  }

  /** Rejects when the engine cannot tell all of it. */
  async observe(): Promise<Observation> {
    const summaries = await this.#engine.list(this.#podUid);
    const found = await Promise.all(summaries.map(({ id, state }) => this.#inspect(id, state)));
    const present = new Set(summaries.map(({ id }) => id));
    for (const known of [this.#seen, this.#exits, this.#looking]) {
      for (const id of known.keys()) if (!present.has(id)) known.delete(id);
    }
    const containers = found.filter((container) => container !== undefined);
    await this.#nameImages(containers);
    const all = containers
      .map((container) => ({ ...container, state: this.#dated(container) }))
      .sort((a, b) => b.identity.attempt - a.identity.attempt);
    const isSandbox = ({ identity }: ObservedContainer) => identity.container === SANDBOX;
    return {
      sandboxes: all.filter(isSandbox),
      containers: all.filter((container) => !isSandbox(container)),
    };
  }

  async #inspect(id: string, summaryState: string): Promise<EngineContainer | undefined> {
    const known = this.#seen.get(id);
    if (known?.summaryState === summaryState) return known.container;
    this.#looking.add(id);
    const found = await this.#engine.inspect(id);
    const container = found && (await this.#complete(found));
    if (this.#looking.delete(id) && container) this.#seen.set(id, { summaryState, container });
    return container;
  }

  async #nameImages(containers: readonly EngineContainer[]): Promise<void> {
    const ids = new Set(
      containers.filter(({ identity }) => identity.container !== SANDBOX).map(({ imageId }) => imageId),
    );
    for (const id of ids) {
      if (!this.#images.has(id)) this.#images.set(id, await this.#engine.image(id));
    }
    for (const id of this.#images.keys()) if (!ids.has(id)) this.#images.delete(id);
  }

  #dated({ id, state }: EngineContainer): ObservedState {
    if (state.kind !== 'exited') return state;
    const nowMs = this.#clock.monotonicMs();
    const endedMs =
      this.#exits.get(id) ??
      nowMs - Math.max(0, this.#clock.now() - (state.finishedAtMs ?? this.#clock.now()));
    this.#exits.set(id, endedMs);
    return { ...state, agoMs: nowMs - endedMs };
  }
}
