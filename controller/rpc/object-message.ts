// An object as it is sent to an agent.
import type { ControllerMessage } from '../../proto/gen/longshore/v1/ControllerMessage.ts';
import type { ObjectState } from '../reconcile/object-source.ts';

/** No object of the API is larger; what its JSON makes of unusual characters may be. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;

/** What is too large to be sent is said to be so: the pods that need it wait. */
export function objectMessage(key: string, state: ObjectState): ControllerMessage {
  switch (state.kind) {
    case 'found': {
      const json = Buffer.from(state.json);
      if (json.byteLength <= MAX_OBJECT_BYTES) {
        return { object: { key, found: { revision: state.revision, json } } };
      }
      const reason = `it is too large to be sent: ${json.byteLength} of ${MAX_OBJECT_BYTES} bytes`;
      return { object: { key, kept: { reason } } };
    }
    case 'absent':
      return { object: { key, absent: {} } };
    case 'unknown':
      return { object: { key, kept: { reason: state.reason ?? '' } } };
    default:
      return state satisfies never;
  }
}
