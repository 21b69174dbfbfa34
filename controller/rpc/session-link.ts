// The reconcilers' handle on one session: each wish becomes a message under a key of its own, so that a newer wish about
// the same thing replaces one not sent yet.
import { LongshoreError } from '../../common/errors.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { AgentLink } from '../reconcile/agent-link.ts';
import { objectMessage } from './object-message.ts';
import type { CertifiedAgent } from './peer.ts';
import type { StreamBroker } from './stream-broker.ts';
import { upsertMessage } from './upsert-message.ts';

export interface SessionLinkDeps {
  readonly agent: CertifiedAgent;
  /** As the agent said in its Hello. */
  readonly held: ReadonlyMap<string, string>;
  readonly streams: StreamBroker;
  /** Dropped once the session has ended. */
  readonly send: (key: string, message: () => ControllerMessage) => void;
  readonly end: (error: LongshoreError) => void;
  /** Aborts when the session ends. */
  readonly ended: AbortSignal;
}

export function createSessionLink(deps: SessionLinkDeps): AgentLink {
  const { agent, held, streams, send, end, ended } = deps;
  let snapshotSent = false;
  return {
    agent: agent.identity,
    held,
    object: (key, state) => send(`object ${key}`, () => objectMessage(key, state)),
    dropObject: (key) => send(`object ${key}`, () => ({ objectDrop: { key } })),
    snapshot(pods) {
      if (snapshotSent) return;
      snapshotSent = true;
      for (const pod of pods) send(`pod ${pod.metadata.uid}`, () => upsertMessage(pod));
      send('snapshot complete', () => ({ snapshotComplete: {} }));
    },
    upsert(pod) {
      if (snapshotSent) send(`pod ${pod.metadata.uid}`, () => upsertMessage(pod));
    },
    remove(uid, graceSeconds) {
      if (snapshotSent) send(`pod ${uid}`, () => ({ remove: { uid, graceSeconds } }));
    },
    acknowledgeGone: (uid) => send(`gone ${uid}`, () => ({ goneAck: { uid } })),
    watchStats: (wish) => send('watch stats', () => ({ watchStats: { ...wish } })),
    keepImages: (images) => send('keep images', () => ({ keepImages: { images: [...images] } })),
    openStream(request, signal) {
      if (ended.aborted) {
        const message = `agent '${agent.identity.name}' is not connected`;
        return Promise.reject(new LongshoreError('unavailable', message));
      }
      return streams.open(agent, AbortSignal.any([signal, ended]), {
        kind: Object.keys(request)[0] ?? '',
        open: (streamId) => send(`stream ${streamId}`, () => ({ openStream: { streamId, ...request } })),
        // Replaces the request where that has not been sent yet.
        close: (streamId) => send(`stream ${streamId}`, () => ({ closeStream: { streamId } })),
      });
    },
    askMetrics: () => send('metrics wanted', () => ({ metricsWanted: {} })),
    close: (reason) => end(new LongshoreError('cancelled', reason)),
  };
}
