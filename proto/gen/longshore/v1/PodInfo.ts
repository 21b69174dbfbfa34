// Original file: longshore/v1/fleet.proto

import type { Long } from '@grpc/proto-loader';

export interface PodInfo {
  'namespace'?: (string);
  'name'?: (string);
  'uid'?: (string);
  'phase'?: (string);
  /**
   * As `kubectl get pods` shows it: Running, CrashLoopBackOff, Terminating …
   */
  'status'?: (string);
  'containers'?: (number);
  'containersReady'?: (number);
  'restarts'?: (number);
  /**
   * Empty while the pod waits for an agent.
   */
  'agent'?: (string);
  'waitingReason'?: (string);
  'createdAtMs'?: (number | string | Long);
  /**
   * cpu and memory, when they were asked for. Empty: not known (yet).
   */
  'used'?: ({[key: string]: string});
}

export interface PodInfo__Output {
  'namespace': (string);
  'name': (string);
  'uid': (string);
  'phase': (string);
  /**
   * As `kubectl get pods` shows it: Running, CrashLoopBackOff, Terminating …
   */
  'status': (string);
  'containers': (number);
  'containersReady': (number);
  'restarts': (number);
  /**
   * Empty while the pod waits for an agent.
   */
  'agent': (string);
  'waitingReason': (string);
  'createdAtMs': (number);
  /**
   * cpu and memory, when they were asked for. Empty: not known (yet).
   */
  'used': ({[key: string]: string});
}
