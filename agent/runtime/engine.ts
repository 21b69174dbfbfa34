// What the pod workers need from the container engine, and how it fails. Only containers with this agent's UID are
// ever listed; docker.ts implements it, and the tests' working model does.
import type { ImageNames } from '../pod/container-status.ts';
import type { CreateRequest } from '../pod/create-options.ts';
import type { Exit, ObservedContainer, ObservedState } from '../pod/observation.ts';
import type { AppliedLimits } from '../pod/resize.ts';
import type { Written } from '../stats/reading.ts';

export interface Engine {
  /** All containers of this agent, or of one of its pods, ended ones too. Complete, or it rejects. */
  list(podUid?: string): Promise<readonly EngineSummary[]>;
  /** By id or name. Undefined when there is none, or when it is not this agent's. */
  inspect(idOrName: string): Promise<EngineContainer | undefined>;
  /** Rejects with `conflict` when the name is taken. */
  create(request: CreateRequest): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
  /** While it runs; it does not start anew. */
  resize(id: string, limits: AppliedLimits): Promise<void>;
  /** Does nothing when it runs already. */
  start(id: string): Promise<void>;
  /** Does nothing when it does not run, or is gone. */
  kill(id: string, signal: string): Promise<void>;
  /** Asks it to end, kills it after the grace, resolves when it has ended. Does nothing when it is gone. */
  stop(id: string, graceSeconds: number): Promise<void>;
  /**
   * With its anonymous volumes, dead or alive, and with what lives of it unknown to the engine. Does nothing when it is
   * gone; rejects while another removal goes on.
   */
  remove(id: string): Promise<void>;
  /** What a container has written into its own layer and its logs; undefined when it is gone. May take its time. */
  written(id: string): Promise<Written | undefined>;
  /** Whom containers on this network can ask for names where the machine's own resolvers are out of their reach. */
  resolvers(network: string): Promise<readonly string[]>;
  /** Undefined when there is none. */
  image(id: string): Promise<EngineImage | undefined>;
  /**
   * What happens to this agent's containers, from `sinceMs` on (Unix milliseconds). Ends with an error when the
   * engine goes away.
   */
  events(sinceMs: number | undefined, signal: AbortSignal): AsyncIterable<EngineEvent>;
}

export interface EngineSummary {
  readonly id: string;
  readonly podUid: string;
  /** The engine's own word for it; compared, never interpreted. */
  readonly state: string;
}

export type EngineState =
  | Exclude<ObservedState, { readonly kind: 'exited' }>
  | ({ readonly kind: 'exited' } & Omit<Exit, 'agoMs'>);

export type EngineContainer = Omit<ObservedContainer, 'state'> & { readonly state: EngineState };

export interface EngineImage extends ImageNames {
  /** The image's USER; empty for root. */
  readonly user: string;
}

export interface EngineEvent {
  readonly podUid: string;
  readonly containerId: string;
  readonly timeMs: number;
  /** A process of it was killed for want of memory. */
  readonly outOfMemory: boolean;
}

export type EngineErrorKind =
  /** Cannot be reached, or did not answer: nothing is known. */
  | 'unavailable'
  /** The name is taken. */
  | 'conflict'
  /** It heard, and said no; asking the same again may help or not. */
  | 'refused';

export class EngineError extends Error {
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}
