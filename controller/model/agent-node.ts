// The node of one agent: what it shows of the machine, and what is carried over from the Agent's spec to the Node's. What
// was carried over last stands in an annotation, so that labels and taints which others gave the Node stay theirs, and so
// that a cordon is understood in both directions: the side that differs from it is the one that somebody changed.
import { AGENT_DOMAIN_KEY, AGENT_KEY } from '../../common/names.ts';
import { type Agent, type AgentStatus, isCordoned } from './agent.ts';
import { carriedLabels, carriedTaints } from './carried-keys.ts';
import { type CarriedSpec, configuredLabels, type Node, type NodeConfig } from './node-object.ts';
import type { PlacementAgent } from './placement/placement-agent.ts';
import type { Taint } from './placement/taints.ts';
import { isSameJson } from './same-json.ts';

export const CARRIED_ANNOTATION = 'longshore.dev/carried-over';

const MAX_LABEL_VALUE = 63;

/** As placement sees it. */
export type SeenAgent = Pick<PlacementAgent, 'cordoned' | 'leaving' | 'resting'>;

export interface AgentNodeInput {
  readonly agent: Agent;
  /** The newest. */
  readonly status: AgentStatus;
  readonly seen: SeenAgent;
  /** What all nodes have alike, and the name of this one. */
  readonly common: NodeConfig;
}

export function agentNodeConfig({ agent, status, seen, common }: AgentNodeInput): NodeConfig {
  const { name, uid } = agent.metadata;
  const { machineID = '', systemUUID = '', bootID = '', kernelVersion = '', osImage = '' } = status;
  return {
    ...common,
    architecture: status.arch || common.architecture,
    labels: {
      // Unique, as a topology key must be; hostnames of spare machines often are not.
      'kubernetes.io/hostname': common.name.length <= MAX_LABEL_VALUE ? common.name : name,
      ...common.labels,
      ...carriedLabels(agent.spec),
      [AGENT_KEY]: name,
      [AGENT_DOMAIN_KEY]: name,
    },
    machine: { machineID, systemUUID, bootID, kernelVersion, osImage },
    carried: {
      owner: { name, uid },
      taints: carriedTaints(agent.spec),
      isCordoned: isCordoned(agent.spec),
      unschedulable: seen.cordoned || seen.leaving || seen.resting !== undefined,
    },
  };
}

export type CarryOver =
  | { readonly kind: 'nothing' }
  /** Somebody cordoned or uncordoned the Node: the Agent is to follow, and then the patch to say so on the Node. */
  | { readonly kind: 'agent'; readonly unschedulable: boolean; readonly patch: NodeSpecPatch }
  /** A strategic-merge patch of the Node; it holds the version that it was made for, as taints are replaced as a whole. */
  | { readonly kind: 'node'; readonly patch: NodeSpecPatch };

export type NodeSpecPatch = Readonly<Record<string, unknown>>;

/** Labels are carried by the patch of the status, except that those which the Agent no longer has are taken away here. */
export function carryOver(observed: Node, config: NodeConfig): CarryOver {
  const { carried } = config;
  if (!carried) return { kind: 'nothing' };
  const before = readCarried(observed);
  const isUnschedulable = observed.spec?.unschedulable === true;
  const isChangedThere = before !== undefined && before.unschedulable !== isUnschedulable;
  if (isChangedThere && isUnschedulable !== carried.isCordoned && isUnschedulable !== carried.unschedulable) {
    const annotations = carriedAnnotation({ ...before, unschedulable: isUnschedulable });
    return { kind: 'agent', unschedulable: isUnschedulable, patch: { metadata: { annotations } } };
  }
  const labels = goneLabels(observed, config, before);
  const taints = wantedTaints(observed, carried.taints, before);
  const after = carriedNow(config, carried);
  const owners = observed.metadata?.ownerReferences ?? [];
  const isOwned = owners.some(({ uid }) => uid === carried.owner.uid);
  const isSame =
    labels === undefined &&
    isSameJson(observed.spec?.taints, taints) &&
    isUnschedulable === carried.unschedulable &&
    isSameJson(before, after) &&
    isOwned;
  if (isSame) return { kind: 'nothing' };
  const metadata = {
    resourceVersion: observed.metadata?.resourceVersion,
    annotations: carriedAnnotation(after),
    ...(labels && { labels }),
    ...(!isOwned && { ownerReferences: [ownerReference(carried)] }),
  };
  return { kind: 'node', patch: { metadata, spec: { taints, unschedulable: carried.unschedulable } } };
}

/** A Node that is to be made, with what it has from the Agent. */
export function withCarried(node: Node, config: NodeConfig): Node {
  const { carried } = config;
  if (!carried) return node;
  const annotations = carriedAnnotation(carriedNow(config, carried));
  const taints = [...(node.spec?.taints ?? []), ...carried.taints.map((taint) => ({ ...taint }))];
  return {
    ...node,
    metadata: { ...node.metadata, annotations, ownerReferences: [ownerReference(carried)] },
    spec: { ...node.spec, taints, ...(carried.unschedulable && { unschedulable: true }) },
  };
}

/** Whether a Node that is there already is this agent's, so that it may be written. Labels alone prove nothing. */
export function isNodeOf({ metadata }: Node, owner: CarriedSpec['owner']): boolean {
  if (metadata?.ownerReferences?.some(({ uid }) => uid === owner.uid)) return true;
  // Of an Agent of before by this name.
  return (
    metadata?.labels?.[AGENT_KEY] === owner.name && metadata.annotations?.[CARRIED_ANNOTATION] !== undefined
  );
}

/**
 * Whether a Node is from before the nodes had another name: its Agent lives and is shown by another one, and the cluster has
 * noticed that nobody keeps it. `nodeShowing`: the node of an agent; undefined: no such agent is known.
 */
export function isLeftBehind(
  { metadata, status }: Node,
  nodeShowing: (agentUid: string) => string | undefined,
): boolean {
  const isUnkept = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'Unknown');
  if (!isUnkept || metadata?.annotations?.[CARRIED_ANNOTATION] === undefined) return false;
  const shownBy = (metadata.ownerReferences ?? []).map(({ uid }) => nodeShowing(uid));
  return shownBy.some((name) => name !== undefined) && !shownBy.includes(metadata.name);
}

interface Carried {
  readonly labels: readonly string[];
  /** KEY:EFFECT */
  readonly taints: readonly string[];
  readonly unschedulable: boolean;
}

function carriedNow({ labels }: NodeConfig, { taints, unschedulable }: CarriedSpec): Carried {
  return { labels: Object.keys(labels).sort(), taints: taints.map(taintId).sort(), unschedulable };
}

function carriedAnnotation(carried: Carried): Record<string, string> {
  return { [CARRIED_ANNOTATION]: JSON.stringify(carried) };
}

/** Undefined when the Node has none that can be read: then nothing on it is known to be the Agent's. */
function readCarried({ metadata }: Node): Carried | undefined {
  try {
    const value: unknown = JSON.parse(metadata?.annotations?.[CARRIED_ANNOTATION] ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const { labels, taints, unschedulable } = value as Partial<Record<keyof Carried, unknown>>;
    return { labels: texts(labels), taints: texts(taints), unschedulable: unschedulable === true };
  } catch {
    return undefined;
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function goneLabels(
  observed: Node,
  config: NodeConfig,
  before: Carried | undefined,
): Record<string, null> | undefined {
  const current = observed.metadata?.labels ?? {};
  const wanted = configuredLabels(config);
  const gone = (before?.labels ?? []).filter((key) => !(key in wanted) && key in current);
  return gone.length > 0 ? Object.fromEntries(gone.map((key) => [key, null])) : undefined;
}

type NodeTaints = NonNullable<NonNullable<Node['spec']>['taints']>;

/** Those of others stay; one of the Agent's that is there with the same value stays as it is, its time too. */
function wantedTaints(observed: Node, taints: readonly Taint[], before: Carried | undefined): NodeTaints {
  const ours = new Set([...taints.map(taintId), ...(before?.taints ?? [])]);
  const isSame = (a: Taint | NodeTaints[number]) => (b: Taint | NodeTaints[number]) =>
    taintId(a) === taintId(b) && (a.value ?? '') === (b.value ?? '');
  const kept = (observed.spec?.taints ?? []).filter(
    (taint) => !ours.has(taintId(taint)) || taints.some(isSame(taint)),
  );
  return [...kept, ...taints.filter((taint) => !kept.some(isSame(taint))).map((taint) => ({ ...taint }))];
}

function taintId({ key, effect }: { readonly key: string; readonly effect: string }): string {
  return `${key}:${effect}`;
}

function ownerReference({ owner }: CarriedSpec) {
  return { apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', ...owner };
}
