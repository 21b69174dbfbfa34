// The checks of `longshore doctor`, in the order of the way: the user's road to the API server, the controller and its
// rights, the API server's road to the kubelet port, streams, the machines.
import type { Check } from './check.ts';
import { AGENT_CHECKS } from './check-agents.ts';
import { CONTROLLER_CHECKS } from './check-controller.ts';
import { KUBELET_CHECKS } from './check-kubelet.ts';
import { OPERATOR_CHECKS } from './check-operator.ts';
import { STREAM_CHECKS } from './check-streams.ts';

export const CHECKS: readonly Check[] = [
  ...OPERATOR_CHECKS,
  ...CONTROLLER_CHECKS,
  ...KUBELET_CHECKS,
  ...STREAM_CHECKS,
  ...AGENT_CHECKS,
];
