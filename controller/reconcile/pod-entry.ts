// All that is known in memory of one pod UID. What must survive is elsewhere: the API's copy, and the agent's reports.
import { hash } from 'node:crypto';
import { AGENT_ANNOTATION, PLACED_CONDITION } from '../../common/names.ts';
import { isTerminal, type Pod, type PodStatus } from '../../common/pod.ts';
import type { Decision } from '../model/placement/decide.ts';
import type { PlacedPod } from '../model/placement/placed-pod.ts';
import { type Placement, readPlacement } from '../model/placement-record.ts';
import type { PodView } from '../model/pod-plan.ts';
import { desiredStatus, finalStatus, type StatusPatch, statusPatch } from '../model/pod-status.ts';
import type { AgentLink } from './agent-link.ts';
import type { PodFleet } from './pod-fleet.ts';

export interface PodEntry {
  readonly uid: string;
  /** The API's copy; undefined once it vanished, or while only an agent spoke of the pod. */
  pod?: Pod;
  /** The last copy of a pod that vanished. */
  lastPod?: Pod;
  /** Where the pod was placed. Once known it never changes, whatever the API's copy says later. */
  placement?: Placement;
  /** The newest round's answer for a pod without a placement. */
  decision?: { readonly round: number; readonly outcome: Decision };
  /** When its reasons to wait were last written, on the monotonic clock, and whether it will be looked at again for them. */
  waitingTold?: { readonly atMs: number; isDue: boolean };
  /** A placement is being written: the agent is reserved and the decision stands. */
  persisting: boolean;
  /** The newest report of this session of the pod's agent. */
  report?: PodStatus;
  /** The agent's confirmation that nothing of the pod is left. */
  gone?: { readonly status: PodStatus | undefined };
  told?: { readonly link: AgentLink; readonly what: string };
  /** The version our newest write made, until the watch has brought it. */
  writtenVersion?: string;
  /** The version of the object for which a final delete was accepted. */
  deleteAccepted?: string;
  /** A patch the API server took without any effect: not to be sent again. */
  settledPatch?: string;
  annotationRefused: boolean;
}

export const TOLD_REMOVED = 'removed';

export function newEntry(uid: string): PodEntry {
  return { uid, persisting: false, annotationRefused: false };
}

/**
 * Takes the API's copy on, from the watch or from the answer to a write of ours, unless a newer one is here already:
 * the two roads overtake each other. The first readable placement seen for a UID is the one that counts.
 */
export function takeCopy(entry: PodEntry, pod: Pod, road: 'watch' | 'write'): void {
  const newest = road === 'write' ? entry.pod?.metadata.resourceVersion : entry.writtenVersion;
  if (isOlder(pod.metadata.resourceVersion, newest)) return;
  if (road === 'write') entry.writtenVersion = pod.metadata.resourceVersion ?? '';
  else delete entry.writtenVersion;
  entry.pod = pod;
  const record = readPlacement(pod.status);
  if (record.kind === 'placed' && !entry.placement) {
    entry.placement = { agent: record.agent, agentUid: record.agentUid };
  }
}

/** Versions that are no numbers cannot be compared; then the one that comes last counts. */
function isOlder(version: string | undefined, than: string | undefined): boolean {
  const [a = '', b = ''] = [version, than];
  return /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b);
}

export interface ViewContext {
  readonly fleet: PodFleet;
  readonly synced: boolean;
  readonly nowMs: number;
}

export function viewOf(entry: PodEntry, context: ViewContext): PodView {
  const { pod, placement } = entry;
  const patch = placement && pendingPatch(entry, context);
  return {
    synced: context.synced,
    pod,
    record: readPlacement(pod?.status),
    agent: placement && {
      known: context.fleet.knows(placement.agentUid),
      linked: context.fleet.link(placement.agentUid) !== undefined,
      told: whatAgentKnows(entry, context.fleet.link(placement.agentUid)),
    },
    gone: entry.gone !== undefined || isAgentGone(entry, context),
    statusDiffers: patch !== undefined && JSON.stringify(patch) !== entry.settledPatch,
    annotationDue: isAnnotationDue(entry),
    deleteAccepted: pod !== undefined && entry.deleteAccepted === pod.metadata.resourceVersion,
  };
}

/** What is missing in the API's copy of the status; undefined when nothing is. */
export function pendingPatch(entry: PodEntry, context: ViewContext): StatusPatch | undefined {
  const { pod, placement, gone } = entry;
  if (!pod || !placement) return undefined;
  if (!gone && isAgentGone(entry, context)) {
    const input = { pod, report: entry.report, nowMs: context.nowMs, publishPodIP: false };
    return statusPatch(pod.status, finalStatus({ ...input, lostWith: placement.agent }));
  }
  const lost = !gone && context.fleet.isLost(placement.agentUid);
  const input = {
    pod,
    report: gone ? (gone.status ?? entry.report) : entry.report,
    nowMs: context.nowMs,
    unreachable: lost ? `agent ${placement.agent} is unreachable` : undefined,
    publishPodIP: context.fleet.isRoutable(placement.agentUid),
  };
  return statusPatch(pod.status, gone ? finalStatus(input) : desiredStatus(input));
}

function isAgentGone({ placement }: PodEntry, { fleet }: ViewContext): boolean {
  return placement !== undefined && fleet.isGone(placement.agentUid);
}

/**
 * Changes exactly when an agent needs to hear of the pod again: not for what it reported itself. A hash: as they are, those of
 * ten thousand pods would take as much room as their specs.
 */
export function fingerprint(pod: Pod): string {
  const {
    annotations = {},
    labels,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  } = pod.metadata;
  const shown = Object.entries(annotations).filter(([key]) => key !== AGENT_ANNOTATION);
  const gates = new Set(pod.spec.readinessGates?.map(({ conditionType }) => conditionType));
  const foreign = pod.status?.conditions?.filter(({ type }) => gates.has(type) && type !== PLACED_CONDITION);
  const shape = JSON.stringify([
    { labels, generation, deletionTimestamp, deletionGracePeriodSeconds, annotations: shown },
    pod.spec,
    isTerminal(pod.status),
    foreign,
  ]);
  return hash('sha256', shape, 'base64');
}

/** The place the pod takes up: until it ended or its agent confirmed that it is gone. */
export function occupancy(entry: PodEntry): PlacedPod | undefined {
  const pod = entry.pod ?? entry.lastPod;
  const { outcome } = entry.decision ?? {};
  const reserved = outcome?.kind === 'agent' ? outcome.placement : undefined;
  const agentUid = (entry.placement ?? reserved)?.agentUid;
  if (!pod || !agentUid || entry.gone || isTerminal(pod.status)) return undefined;
  return { pod, agentUid };
}

function whatAgentKnows(
  entry: PodEntry,
  link: AgentLink | undefined,
): 'nothing' | 'older' | 'current' | 'removed' {
  if (!entry.told || entry.told.link !== link) return 'nothing';
  if (entry.told.what === TOLD_REMOVED) return 'removed';
  return entry.pod && entry.told.what === fingerprint(entry.pod) ? 'current' : 'older';
}

function isAnnotationDue({ pod, placement, annotationRefused }: PodEntry): boolean {
  if (!pod || !placement || annotationRefused || pod.metadata.deletionTimestamp !== undefined) return false;
  return pod.metadata.annotations?.[AGENT_ANNOTATION] !== placement.agent;
}
