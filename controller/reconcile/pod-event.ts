// What the controller itself says of a pod, with the agent that the pod is on by its record.
import type { Pod } from '../../common/pod.ts';
import { readPlacement } from '../model/placement-record.ts';
import type { EventRecord } from './event-recorder.ts';

export function podEvent(
  { metadata: { namespace, name, uid }, status }: Pod,
  told: Pick<EventRecord, 'type' | 'reason' | 'message'>,
): EventRecord {
  const record = readPlacement(status);
  return {
    about: { kind: 'Pod', namespace, name, uid },
    ...told,
    ...(record.kind === 'placed' && { agent: record.agent }),
  };
}
