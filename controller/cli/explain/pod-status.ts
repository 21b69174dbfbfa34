// A pod's status as the controller hands it out. It comes from the controller, which the CA vouches for, and is shown,
// never acted on.
import { LongshoreError } from '../../../common/errors.ts';
import type { PodStatus } from '../../../common/pod.ts';

export function readPodStatus(json: Uint8Array): PodStatus {
  try {
    const status: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
    if (typeof status === 'object' && status !== null) return status;
  } catch {
    // Said below.
  }
  throw new LongshoreError('internal', 'the controller answered with something that is no status of a pod');
}
