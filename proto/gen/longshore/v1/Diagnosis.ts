// Original file: longshore/v1/fleet.proto

import type { RightFinding as _longshore_v1_RightFinding, RightFinding__Output as _longshore_v1_RightFinding__Output } from '../../longshore/v1/RightFinding.ts';
import type { AgentHealth as _longshore_v1_AgentHealth, AgentHealth__Output as _longshore_v1_AgentHealth__Output } from '../../longshore/v1/AgentHealth.ts';
import type { Long } from '@grpc/proto-loader';

export interface Diagnosis {
  'controllerVersion'?: (string);
  /**
   * Unix milliseconds on the controller's clock.
   */
  'timeMs'?: (number | string | Long);
  /**
   * What keeps its loops from following the API server; empty: nothing.
   */
  'trouble'?: (string);
  /**
   * Every right it uses, asked by SelfSubjectAccessReview.
   */
  'rights'?: (_longshore_v1_RightFinding)[];
  /**
   * The certificate of the kubelet port, PEM.
   */
  'kubeletCertificatePem'?: (string);
  /**
   * Whether the cluster signed it, and not the controller's own CA.
   */
  'kubeletCertificateByCluster'?: (boolean);
  'agents'?: (_longshore_v1_AgentHealth)[];
  /**
   * The request for a next one that awaits somebody's approval, by its name; empty: none does.
   */
  'kubeletCertificateRequest'?: (string);
}

export interface Diagnosis__Output {
  'controllerVersion': (string);
  /**
   * Unix milliseconds on the controller's clock.
   */
  'timeMs': (number);
  /**
   * What keeps its loops from following the API server; empty: nothing.
   */
  'trouble': (string);
  /**
   * Every right it uses, asked by SelfSubjectAccessReview.
   */
  'rights': (_longshore_v1_RightFinding__Output)[];
  /**
   * The certificate of the kubelet port, PEM.
   */
  'kubeletCertificatePem': (string);
  /**
   * Whether the cluster signed it, and not the controller's own CA.
   */
  'kubeletCertificateByCluster': (boolean);
  'agents': (_longshore_v1_AgentHealth__Output)[];
  /**
   * The request for a next one that awaits somebody's approval, by its name; empty: none does.
   */
  'kubeletCertificateRequest': (string);
}
