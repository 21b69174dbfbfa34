// The status of an Agent object: what the machine says of itself, bounded, and whether it is heard of. Times move only
// on transitions, so that a controller that starts anew writes what is there already.

import { parseQuantity } from '../../common/quantity.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { AgentCondition, AgentStatus, DrivingTaint } from './agent.ts';
import { type ClearingState, drainedCondition } from './clearing.ts';
import { type GuestCondition, isGuestCondition } from './guest/guest-conditions.ts';
import { withoutOwnerShare } from './guest/owner-share.ts';
import type { Taint } from './placement/taints.ts';
import { toSeconds } from './timestamp.ts';

export interface AgentStatusInput {
  readonly previous: AgentStatus | undefined;
  /** Of the spec. */
  readonly taints: readonly Taint[];
  /** Of the spec. */
  readonly ownerShare: Readonly<Record<string, string>>;
  /** Whether the machine is its owner's just now. */
  readonly guest: readonly GuestCondition[];
  readonly facts: MachineFacts__Output | undefined;
  /** Empty while unknown. */
  readonly agentVersion: string;
  readonly bootId: string;
  readonly ready: boolean;
  /** Undefined: not known yet. */
  readonly occupancy: AgentOccupancy | undefined;
  /** Undefined: it has shown no certificate in this process's life. */
  readonly certificateExpiresAtMs: number | undefined;
  /** Undefined: it is neither drained nor removed. */
  readonly clearing: ClearingState | undefined;
  readonly lastHeardMs: number | undefined;
  readonly nowMs: number;
}

/** What sits on an agent. */
export interface AgentOccupancy {
  readonly pods: number;
  /** What these request together. */
  readonly used: Readonly<Record<string, string>>;
}

/** How long an agent may be silent before it is lost. */
export const AGENT_SILENCE_MS = 40_000;

/** Conditions that no machine says of itself. */
const OURS = ['Ready', 'Drained'];

// Never more than deploy/base/crd.yaml allows: the API server would refuse the whole status.
const MAX_TEXT = 253;
const MAX_WORD = 63;
const MAX_MESSAGE = 1024;
const MAX_ADDRESSES = 16;
const MAX_CONDITIONS = 16;
const MAX_RESOURCES = 64;
const MAX_QUANTITY = 64;
const RESOURCE_NAME =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export function agentStatus(input: AgentStatusInput): AgentStatus {
  const { previous = {}, facts, ready, nowMs } = input;
  const known = previous.conditions ?? [];
  const stamp = (condition: Omit<AgentCondition, 'lastTransitionTime'>): AgentCondition => {
    const before = known.find(({ type }) => type === condition.type);
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: kept ?? toSeconds(nowMs) };
  };
  const conditions = [
    ...(input.clearing ? [stamp(drainedCondition(input.clearing))] : []),
    ...(facts ? machineConditions(facts).map(stamp) : known.filter(({ type }) => !isOurs(type))),
    ...input.guest.map(stamp),
    stamp(readyCondition(ready)),
  ];
  const flipped = known.find(({ type }) => type === 'Ready')?.status !== (ready ? 'True' : 'False');
  return {
    ...previous,
    ...(facts && machine(facts, input.ownerShare)),
    ...(input.agentVersion && { agentVersion: input.agentVersion.slice(0, MAX_WORD) }),
    ...(input.bootId && { bootID: input.bootId.slice(0, MAX_TEXT) }),
    ...(input.certificateExpiresAtMs !== undefined && {
      certificateExpires: toSeconds(input.certificateExpiresAtMs),
    }),
    ...(input.occupancy && { pods: input.occupancy.pods, used: quantities(input.occupancy.used) }),
    conditions,
    taints: drivingTaints(input),
    ...(flipped && input.lastHeardMs !== undefined && { lastSeen: toSeconds(input.lastHeardMs) }),
  };
}

/** Undefined when there are none: then nothing of it is written. */
function drivingTaints({ previous, taints, nowMs }: AgentStatusInput): readonly DrivingTaint[] | undefined {
  const driving = taints.filter(({ effect }) => effect === 'NoExecute');
  if (driving.length === 0) return undefined;
  return driving.map(({ key, value = '' }) => {
    const known = previous?.taints?.find((taint) => taint.key === key && taint.value === value);
    return { key, value, since: known?.since ?? toSeconds(nowMs) };
  });
}

function readyCondition(ready: boolean): Omit<AgentCondition, 'lastTransitionTime'> {
  return ready
    ? { type: 'Ready', status: 'True', reason: 'AgentConnected', message: 'the agent is connected' }
    : {
        type: 'Ready',
        status: 'False',
        reason: 'AgentUnreachable',
        message: `nothing was heard of the agent for ${AGENT_SILENCE_MS / 1000} s`,
      };
}

/** Conditions that the machine itself does not speak of. */
function isOurs(type: string): boolean {
  return OURS.includes(type) || isGuestCondition({ type });
}

function machine(facts: MachineFacts__Output, ownerShare: Readonly<Record<string, string>>): AgentStatus {
  const text = (value: string) => value.slice(0, MAX_TEXT);
  const word = (value: string) => value.slice(0, MAX_WORD);
  return {
    hostname: text(facts.hostname),
    os: word(facts.os),
    arch: word(facts.arch),
    kernelVersion: text(facts.kernelVersion),
    osImage: text(facts.osImage),
    engineVersion: word(facts.engineVersion),
    machineID: text(facts.machineId),
    systemUUID: text(facts.systemUuid),
    addresses: facts.addresses.slice(0, MAX_ADDRESSES).map(text),
    capacity: quantities(facts.capacity),
    allocatable: withoutOwnerShare(quantities(facts.allocatable), ownerShare),
  };
}

function quantities(reported: Readonly<Record<string, string>>): Record<string, string> {
  const valid = Object.entries(reported).filter(
    ([name, value]) =>
      RESOURCE_NAME.test(name) && value.length <= MAX_QUANTITY && parseQuantity(value) !== undefined,
  );
  return Object.fromEntries(valid.slice(0, MAX_RESOURCES));
}

function machineConditions(facts: MachineFacts__Output): Omit<AgentCondition, 'lastTransitionTime'>[] {
  return facts.conditions
    .filter(({ type }, index, all) => {
      const isFirst = all.findIndex((other) => other.type === type) === index;
      return type !== '' && !isOurs(type) && isFirst;
    })
    .slice(0, MAX_CONDITIONS)
    .map(({ type, status, reason, message }) => ({
      type: type.slice(0, MAX_TEXT),
      status: status === 'True' || status === 'False' ? status : 'Unknown',
      reason: reason.slice(0, MAX_TEXT),
      message: message.slice(0, MAX_MESSAGE),
    }));
}
