// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A Kubernetes event about a pod. Repeated until acknowledged, by the agent's next run under another number; the agent keeps
 * at most 1,000 unacknowledged.
 */
export interface PodEvent {
  'sequence'?: (number | string | Long);
  'podUid'?: (string);
  'podNamespace'?: (string);
  'podName'?: (string);
  /**
   * "Normal" or "Warning".
   */
  'type'?: (string);
  'reason'?: (string);
  'message'?: (string);
  /**
   * Such as "spec.containers{web}"; empty for the pod as a whole.
   */
  'fieldPath'?: (string);
  /**
   * Unix milliseconds on the agent's clock.
   */
  'timeMs'?: (number | string | Long);
}

/**
 * A Kubernetes event about a pod. Repeated until acknowledged, by the agent's next run under another number; the agent keeps
 * at most 1,000 unacknowledged.
 */
export interface PodEvent__Output {
  'sequence': (number);
  'podUid': (string);
  'podNamespace': (string);
  'podName': (string);
  /**
   * "Normal" or "Warning".
   */
  'type': (string);
  'reason': (string);
  'message': (string);
  /**
   * Such as "spec.containers{web}"; empty for the pod as a whole.
   */
  'fieldPath': (string);
  /**
   * Unix milliseconds on the agent's clock.
   */
  'timeMs': (number);
}
