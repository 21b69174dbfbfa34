// A pod as it is sent to its agent: the whole object but for the bookkeeping of field owners, which no agent needs.
import { LongshoreError } from '../../common/errors.ts';
import { type Pod, podKey } from '../../common/pod.ts';
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import { MAX_MESSAGE_BYTES } from '../../proto/wire.ts';

/** What a message holds beside the pod. */
const ENVELOPE_BYTES = 4096;

/** Throws `exhausted` when the pod is larger than a message may be. */
export function upsertMessage(pod: Pod): ControllerMessage {
  const { managedFields: _, ...metadata } = pod.metadata;
  const podJson = Buffer.from(JSON.stringify({ ...pod, metadata }));
  if (podJson.byteLength > MAX_MESSAGE_BYTES - ENVELOPE_BYTES) {
    // Left out it would count as unwanted, so the session ends instead and nothing is removed.
    throw new LongshoreError(
      'exhausted',
      `pod ${podKey(pod)} is too large to be sent (${podJson.byteLength} bytes)`,
    );
  }
  return { upsert: { uid: pod.metadata.uid, podJson } };
}
