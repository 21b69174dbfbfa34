// An Agent object (CRD agents.longshore.dev, cluster-scoped): one machine of the fleet as the cluster knows it. The
// spec belongs to operators and to enrolment, the status to the controller.

import { DECLARED_GONE_ANNOTATION } from '../../common/names.ts';
import type { DrainRules } from './drain.ts';
import type { QuietWindow } from './guest/quiet-hours.ts';
import type { YieldRules } from './guest/yield.ts';
import type { Taint } from './placement/taints.ts';

export interface Agent {
  readonly apiVersion: 'longshore.dev/v1alpha1';
  readonly kind: 'Agent';
  readonly metadata: {
    readonly name: string;
    /** The agent's identity: its certificate names it, so an Agent made anew trusts no old certificate. */
    readonly uid: string;
    readonly resourceVersion: string;
    /** Counts changes of the spec. */
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec: AgentSpec;
  readonly status?: AgentStatus;
}

export interface AgentSpec {
  /** Labels placement sees, beside kubernetes.io/hostname, os and arch. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Cordoned: keeps its pods, gets no new ones. */
  readonly unschedulable?: boolean;
  /** Being drained, for as long as it is here: cordoned, and its pods are evicted. */
  readonly drain?: DrainSpec;
  /** Keep off, or drive off, pods that do not tolerate them. */
  readonly taints?: readonly Taint[];
  /** Kept for the machine's owner: taken off what pods may request. */
  readonly ownerShare?: Readonly<Record<string, string>>;
  /** When the machine is its owner's alone. */
  readonly quietHours?: readonly QuietWindow[];
  /** How the machine is when its owner needs it. */
  readonly yieldWhen?: YieldRules;
  /** Images that the machine keeps although nothing uses them. */
  readonly pinnedImages?: readonly string[];
  /** Its part of the fleet's pod addresses; given by the controller, once. */
  readonly podCIDR?: string;
  /** The cluster reaches its pods at their addresses; undefined: as the controller is told for all of them. */
  readonly podsRoutable?: boolean;
  /** SHA-256 of the public key's SPKI, hex: the one key this machine may present. */
  readonly publicKeyHash: string;
}

export interface DrainSpec extends Partial<DrainRules> {
  /** Undefined: the pods' own. */
  readonly gracePeriodSeconds?: number;
}

export interface AgentStatus {
  readonly conditions?: readonly AgentCondition[];
  readonly hostname?: string;
  readonly os?: string;
  readonly arch?: string;
  readonly kernelVersion?: string;
  readonly osImage?: string;
  readonly agentVersion?: string;
  readonly engineVersion?: string;
  readonly machineID?: string;
  readonly systemUUID?: string;
  readonly bootID?: string;
  readonly addresses?: readonly string[];
  readonly capacity?: Readonly<Record<string, string>>;
  readonly allocatable?: Readonly<Record<string, string>>;
  /** Placed on it and not gone. */
  readonly pods?: number;
  /** What these ask for of what is allocatable. */
  readonly used?: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly certificateExpires?: string;
  /** Those of the spec that drive pods off, and since when. */
  readonly taints?: readonly DrivingTaint[];
  /** RFC 3339; written on transitions only, never per heartbeat. */
  readonly lastSeen?: string;
}

export interface DrivingTaint {
  readonly key: string;
  readonly value: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface AgentCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** It gets no new pods. */
export function isCordoned({ unschedulable, drain }: AgentSpec): boolean {
  return unschedulable === true || drain !== undefined;
}

/**
 * It is being deleted, an operator has declared it gone, and it is lost: from then on it is taken at that word, whatever
 * comes back. A machine that is reachable is not gone. The word is for one UID, so that no copy of the object repeats it.
 */
export function isDeclaredGone(agent: Agent): boolean {
  const { uid, deletionTimestamp, annotations } = agent.metadata;
  const isDeclared = annotations?.[DECLARED_GONE_ANNOTATION] === uid;
  return deletionTimestamp !== undefined && isDeclared && condition(agent, 'Ready')?.status !== 'True';
}

export function condition(agent: Agent, type: string): AgentCondition | undefined {
  return agent.status?.conditions?.find((candidate) => candidate.type === type);
}
