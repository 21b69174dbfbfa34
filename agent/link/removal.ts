// The fleet has removed this agent: the controller says so when it is called, by its session or for another certificate.
import { LongshoreError } from '../../common/errors.ts';
import type { Removed__Output } from '../../proto/gen/longshore/v1/Removed.ts';
import { decodeRemoved } from './decode-controller.ts';
import { type Membership, requireNewest } from './membership.ts';
import type { ObjectHost } from './object-host.ts';
import type { PodHost } from './pod-host.ts';

/** Ends a session, or the wish for a certificate. */
export class Removal extends LongshoreError {
  readonly epoch: number;

  constructor(said: Removed__Output) {
    const { epoch, reason } = decodeRemoved(said);
    super('unauthenticated', reason);
    this.epoch = epoch;
  }
}

export interface LeavingDeps {
  readonly membership: Membership;
  readonly host: Pick<PodHost, 'retain' | 'gone' | 'acknowledgeGone'>;
  readonly objects: Pick<ObjectHost, 'retain'>;
}

/**
 * Ends every pod: the fleet counts them as lost or over, and waits for no word of them. Rejects with `precondition` when an
 * earlier leader than the newest said so.
 */
export async function leaveFleet(
  { epoch }: Removal,
  { membership, host, objects }: LeavingDeps,
): Promise<void> {
  requireNewest(epoch, membership);
  if (!membership.record.removed) await membership.update({ removed: true });
  await host.retain(new Set());
  await objects.retain(new Set());
  for (const { uid } of host.gone()) await host.acknowledgeGone(uid);
}
