// What goes on beside a pod's worker: pulls and hooks. Each ends at the latest when the agent leaves, and a failure of one
// is logged and nobody else's.
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';

export type Task = (signal: AbortSignal) => Promise<void>;

/** Why the work for a container was given up. */
export class ContainerEndedError extends Error {
  constructor() {
    super('the container has ended');
    this.name = 'ContainerEndedError';
  }
}

export interface Accompaniment {
  readonly key: string;
  readonly containerId: string;
  /** It helps the pod to start, too. */
  readonly assists: boolean;
}

interface Accompanied {
  readonly containerId: string;
  readonly ended: AbortController;
}

export interface PodTasksOptions {
  readonly log: Log;
  /** Aborts when the agent leaves. */
  readonly leaving: AbortSignal;
  /** Told after each end. */
  readonly done: () => void;
}

export class PodTasks {
  readonly #options: PodTasksOptions;
  readonly #stopping = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #accompanied = new Map<string, Accompanied>();

  constructor(options: PodTasksOptions) {
    this.#options = options;
  }

  /** Helps the pod to start, so it is given up when the pod is to stop. */
  assist(task: Task): void {
    this.#run(task, [this.#stopping.signal]);
  }

  /** Belongs to one container, and is given up with a ContainerEndedError when that has ended. One at a time by its key. */
  accompany({ key, containerId, assists }: Accompaniment, task: Task): void {
    if (this.#accompanied.has(key)) return;
    const ended = new AbortController();
    this.#accompanied.set(key, { containerId, ended });
    const signals = assists ? [ended.signal, this.#stopping.signal] : [ended.signal];
    this.#run((signal) => task(signal).finally(() => this.#accompanied.delete(key)), signals);
  }

  /** The keys of what accompanies containers now. */
  get accompanying(): ReadonlySet<string> {
    return new Set(this.#accompanied.keys());
  }

  /** These containers live; the others do no more. */
  retain(live: ReadonlySet<string>): void {
    for (const { containerId, ended } of this.#accompanied.values()) {
      if (!live.has(containerId)) ended.abort(new ContainerEndedError());
    }
  }

  podStops(): void {
    this.#stopping.abort();
  }

  /** Resolves when nothing that helps the pod to start goes on any more, or ever will. */
  async givenUp(): Promise<void> {
    this.podStops();
    await this.settled();
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#tasks);
  }

  #run(task: Task, signals: readonly AbortSignal[]): void {
    const { log, leaving, done } = this.#options;
    const running = task(AbortSignal.any([leaving, ...signals]))
      .catch((error: unknown) => {
        if (!leaving.aborted) log.error({ error: describeError(error) }, 'a task failed');
      })
      .finally(() => {
        this.#tasks.delete(running);
        done();
      });
    this.#tasks.add(running);
  }
}
