// What every handler of the API server works with; made once, in control-plane.ts.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { createFieldCheck } from './field-check.ts';
import type { Objects } from './objects.ts';
import type { KeyedCertificate } from './pki.ts';
import type { ResourceRequest } from './request-info.ts';
import type { ResourceDefinition } from './resource.ts';
import type { Tokens, User } from './tokens.ts';
import type { WatcherCount } from './watcher-count.ts';

export interface ApiContext {
  readonly objects: Objects;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
  /** How the API server shows itself to kubelets. */
  readonly kubeletClient: KeyedCertificate;
  /** Unknown and mistyped fields of an object of this kind. */
  readonly checkFields: ReturnType<typeof createFieldCheck>;
  readonly watchers: WatcherCount;
  readonly bookmarkMs: number;
  /** Aborts when the server stops; streams end with it. */
  readonly stopping: AbortSignal;
}

/** One request for a resource, once it is known who asks and that they may. */
export interface ResourceCall {
  readonly info: ResourceRequest;
  readonly resource: ResourceDefinition;
  readonly query: URLSearchParams;
  readonly user: User;
}
