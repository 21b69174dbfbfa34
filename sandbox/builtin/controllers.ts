// The few controllers that a cluster's users rely on, each a small reaction to what is stored. They run in the server's
// own process and write through the same rules.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { bindClaims } from './controllers/claim-binding.ts';
import { keepCustomKinds } from './controllers/custom-kinds.ts';
import { disruptionStatus } from './controllers/disruption-status.ts';
import { makeEphemeralClaims } from './controllers/ephemeral-claims.ts';
import { expireEvents } from './controllers/event-expiry.ts';
import { collectGarbage } from './controllers/garbage-collection.ts';
import { fillNamespaces } from './controllers/namespace-content.ts';
import { endNamespaces } from './controllers/namespace-end.ts';
import { watchNodes } from './controllers/node-lifecycle.ts';
import { signRequests } from './controllers/request-signing.ts';
import type { Objects } from './objects.ts';
import type { Pki } from './pki.ts';
import type { Registry } from './registry.ts';

export interface ControllerContext {
  readonly objects: Objects;
  readonly registry: Registry;
  readonly pki: Pki;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeGraceMs: number;
}

export function startControllers(context: ControllerContext): Disposable {
  const stack = new DisposableStack();
  for (const start of [
    keepCustomKinds,
    fillNamespaces,
    endNamespaces,
    collectGarbage,
    watchNodes,
    signRequests,
    expireEvents,
    disruptionStatus,
    bindClaims,
    makeEphemeralClaims,
  ]) {
    stack.use(start(context));
  }
  return stack;
}
