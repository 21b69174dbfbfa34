// What the worker of one pod remembers of starts that Docker does not show yet.
import type { Launch } from '../pod/launch.ts';

export class LaunchMemory {
  readonly #launches = new Map<string, Launch>();
  /** Those of them that are no sandboxes. */
  readonly #containers = new Set<string>();
  /** Starts that are over: whoever looks at Docker from now on sees what has come of them. */
  readonly #over = new Set<string>();
  #failure: unknown;
  #aheadRefused = false;
  #configs = 0;

  /** By id, and as it is at any time. */
  get states(): ReadonlyMap<string, Launch> {
    return this.#launches;
  }

  /** Which configuration it is that containers are made of now. */
  get config(): number {
    return this.#configs;
  }

  /** The engine has refused to make a container whose sandbox, the present one, did not run yet. */
  get aheadRefused(): boolean {
    return this.#aheadRefused;
  }

  refuseAhead(): void {
    this.#aheadRefused = true;
  }

  sandboxMade(id: string): void {
    this.#aheadRefused = false;
    this.#launches.set(id, 'made');
  }

  /** `config`: that of when it was begun; a container made of a former one is not to be started. */
  containerMade(id: string, config: number): void {
    if (config !== this.#configs) return;
    this.#launches.set(id, 'made');
    this.#containers.add(id);
  }

  /** The engine is asked to start it, and will show what comes of it. */
  asked(id: string): void {
    this.#launches.delete(id);
  }

  /** Beside the worker. */
  starting(id: string): void {
    this.#launches.set(id, 'starting');
  }

  /** `failure`: what the engine was asked it did not do, and nothing else remembers that. */
  over(id: string, failure?: unknown): void {
    this.#over.add(id);
    this.#failure ??= failure;
  }

  /** A look at Docker begins. Throws what kept the engine from answering a start. */
  look(): void {
    for (const id of this.#over) this.#launches.delete(id);
    this.#over.clear();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** What containers are made of has changed: those not started yet are to be made anew. */
  configChanged(): void {
    this.#configs += 1;
    for (const id of this.#containers) this.#launches.delete(id);
    this.#containers.clear();
  }

  retain(present: ReadonlySet<string>): void {
    for (const known of [this.#launches, this.#containers]) {
      for (const id of known.keys()) if (!present.has(id)) known.delete(id);
    }
  }
}
