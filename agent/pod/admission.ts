// Whether a machine takes a pod that is new to it, by what only the machine can tell. A pod that is turned away has
// failed for good, in the kubelet's words: its controller makes another, which may be placed elsewhere.
import type { Pod, PodStatus } from '../../common/pod.ts';
import { apiTime } from './api-time.ts';
import type { AssignResult } from './devices.ts';
import { podMembers } from './pod-containers.ts';
import { qosClass } from './pod-resources.ts';
import { forbiddenSysctl } from './sysctls.ts';

/** What the machine can enforce. */
export interface Enforcement {
  readonly appArmor: boolean;
  /** Names of sysctls, a `*` at the end stands for the rest. */
  readonly unsafeSysctls: readonly string[];
}

/** Placement and the machine disagree about what is free: it happens when the owner changes what is offered. */
export function devicesShort({ resource, wanted, available }: Short): Rejection {
  const message = `Allocate failed due to requested number of devices unavailable for ${resource}. Requested: ${wanted}, Available: ${available}, which is unexpected`;
  return { reason: 'UnexpectedAdmissionError', message };
}

type Short = Extract<AssignResult, { kind: 'short' }>;

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

export function rejection(pod: Pod, { appArmor, unsafeSysctls }: Enforcement): Rejection | undefined {
  const { os, securityContext } = pod.spec;
  if (os && os.name !== 'linux') {
    const message = "Failed to admit pod as the OS field doesn't match node OS";
    return { reason: 'PodOSNotSupported', message };
  }
  const label = pod.metadata.labels?.['kubernetes.io/os'];
  if (label !== undefined && label !== 'linux') {
    const message = `Failed to admit pod as the \`kubernetes.io/os\` label doesn't match node label`;
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  const sysctl = forbiddenSysctl(pod, unsafeSysctls);
  if (sysctl !== undefined) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${sysctl}` };
  if (!appArmor && wantsAppArmor(pod)) {
    const message = 'Cannot enforce AppArmor: AppArmor is not enabled on the host';
    return { reason: 'AppArmor', message };
  }
  if (securityContext?.supplementalGroupsPolicy === 'Strict') {
    const message = 'SupplementalGroupsPolicy=Strict is not supported in this node';
    return { reason: 'SupplementalGroupsPolicyNotSupported', message };
  }
  return undefined;
}

export function rejectedStatus(pod: Pod, { reason, message }: Rejection, nowMs: number): PodStatus {
  const { generation } = pod.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase: 'Failed',
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: apiTime(nowMs),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  };
}

/** Named, even the runtime's own: whoever names one relies on it. */
function wantsAppArmor(pod: Pod): boolean {
  const shared = pod.spec.securityContext?.appArmorProfile;
  return podMembers(pod).some(({ spec }) => {
    const profile = spec.securityContext?.appArmorProfile ?? shared;
    return profile !== undefined && profile.type !== 'Unconfined';
  });
}
