// The virtual node as it shall be, and the smallest strategic-merge patch that brings the observed one there. Whoever
// else writes to the node keeps what is theirs: only our labels, our four conditions and our status fields are touched.
import type { V1Node, V1NodeCondition } from '@kubernetes/client-node';
import { AGENT_DOMAIN_KEY } from '../../common/names.ts';
import type { Json } from '../../common/pod.ts';
import { parseQuantity } from '../../common/quantity.ts';
import { type GuestCondition, isGuestCondition } from './guest/guest-conditions.ts';
import { isPresenceLabel } from './placement/presence-labels.ts';
import type { Taint } from './placement/taints.ts';
import { isSameJson } from './same-json.ts';
import { toSeconds } from './timestamp.ts';

export type Node = Json<V1Node>;
export type NodeCondition = Json<V1NodeCondition>;

/** What a node is. Of the one node the operator configures it and the fleet never changes it. */
export interface NodeConfig {
  readonly name: string;
  /** `kubernetes.io/*`, topology and other labels; hostname, os and arch are filled in where absent. */
  readonly labels: Readonly<Record<string, string>>;
  /** The first is what the API server dials. */
  readonly internalIPs: readonly string[];
  readonly kubeletPort: number;
  /** The Kubernetes level emulated, such as `v1.34.0-longshore.0.1.0`. */
  readonly kubeletVersion: string;
  /** `amd64`, `arm64` or `arm`. */
  readonly architecture: string;
  /** Of the machine that the node is; absent: it is many. */
  readonly machine?: MachineInfo;
  /** What it has from the Agent that it shows alone. */
  readonly carried?: CarriedSpec;
}

export type MachineInfo = Pick<
  NonNullable<NonNullable<Node['status']>['nodeInfo']>,
  'machineID' | 'systemUUID' | 'bootID' | 'kernelVersion' | 'osImage'
>;

export interface CarriedSpec {
  /** The Agent: the Node goes with it. */
  readonly owner: { readonly name: string; readonly uid: string };
  readonly taints: readonly Taint[];
  /** No pods are to come: for whatever reason the Agent takes none. */
  readonly unschedulable: boolean;
  /** As the Agent's spec says. */
  readonly isCordoned: boolean;
}

/** What the node shows of the fleet. Quantities as Kubernetes writes them. */
export interface NodeFleet {
  readonly agentsTotal: number;
  readonly agentsReady: number;
  /** Why none is ready, where it is not that none is connected. */
  readonly problem?: string;
  /** Keys of the presence labels of the agents that are ready and not cordoned, sorted. */
  readonly presence: readonly string[];
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Docker's version on the agents, empty while unknown. */
  readonly engineVersion: string;
  /** What its machine is short of; of many machines none speaks for the node. */
  readonly pressures?: readonly Pressure[];
  /** Those that its machine holds; of many machines none. */
  readonly images?: NonNullable<NonNullable<Node['status']>['images']>;
  /** Whether its machine is its owner's just now. */
  readonly guest?: readonly GuestCondition[];
}

export type Pressure = 'MemoryPressure' | 'DiskPressure';

export interface NodePatchInput {
  readonly observed: Node;
  readonly config: NodeConfig;
  readonly fleet: NodeFleet;
  readonly nowMs: number;
  /** Write even when nothing differs: the heartbeat of the conditions is due (every 5 min). */
  readonly reportDue: boolean;
}

/** A strategic-merge patch for `nodes/status`; its labels go with it. */
export interface NodePatch {
  readonly metadata?: { readonly labels: Readonly<Record<string, string | null>> };
  readonly status?: Readonly<Record<string, unknown>>;
}

export const PROVIDER_TAINT = {
  key: 'virtual-kubelet.io/provider',
  value: 'longshore',
  effect: 'NoSchedule',
} as const;

const REQUIRED_RESOURCES = ['cpu', 'memory', 'ephemeral-storage', 'pods'] as const;

/** The object to create. The taint is set here and never again: an administrator may take it away. */
export function newNode(config: NodeConfig, fleet: NodeFleet, nowMs: number): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: config.name, labels: { ...configuredLabels(config), ...presenceLabels(fleet) } },
    spec: { taints: [{ ...PROVIDER_TAINT }] },
    status: {
      ...statusFields(config, fleet),
      conditions: stampConditions(desiredConditions(fleet), { observed: [], nowMs }),
      declaredFeatures: [...DECLARED_FEATURES],
    },
  };
}

/**
 * What pods may need of a node beyond the rules of every Kubernetes version. They go along with what else is to be
 * written: an API server that knows none drops them, and would be told again and again.
 */
const DECLARED_FEATURES: readonly string[] = ['RestartAllContainersOnContainerExits'];

/** Undefined when there is nothing to write. */
export function nodePatch(input: NodePatchInput): NodePatch | undefined {
  const { observed, config, fleet, nowMs, reportDue } = input;
  const labels = labelPatch(observed, config, fleet);
  const fields = fieldPatch(observed, statusFields(config, fleet));
  const previous = observed.status?.conditions ?? [];
  const wanted = desiredConditions(fleet);
  const changed = wanted.some((condition) => !sameCondition(condition, find(previous, condition.type)));
  const gone = previous.filter((condition) => isGuestCondition(condition) && !find(wanted, condition.type));
  if (!labels && !fields && !changed && gone.length === 0 && !reportDue) return undefined;
  const conditions = [
    ...stampConditions(wanted, { observed: previous, nowMs }),
    ...gone.map(({ type }) => ({ type, $patch: 'delete' })),
  ];
  const declared = isSameJson(observed.status?.declaredFeatures, DECLARED_FEATURES)
    ? {}
    : { declaredFeatures: DECLARED_FEATURES };
  return { ...(labels && { metadata: { labels } }), status: { ...fields, ...declared, conditions } };
}

/** Whether the node is ready with this fleet behind it. */
export function nodeReady(fleet: NodeFleet): boolean {
  return readyCondition(fleet).status === 'True';
}

export function configuredLabels(config: NodeConfig): Record<string, string> {
  return {
    'kubernetes.io/hostname': config.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': config.architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': config.architecture,
    type: 'virtual-kubelet',
    [AGENT_DOMAIN_KEY]: config.name,
    ...config.labels,
  };
}

function presenceLabels(fleet: NodeFleet): Record<string, string> {
  return Object.fromEntries(fleet.presence.map((key) => [key, 'true']));
}

function labelPatch(
  observed: Node,
  config: NodeConfig,
  fleet: NodeFleet,
): Record<string, string | null> | undefined {
  const current = observed.metadata?.labels ?? {};
  const wanted = { ...configuredLabels(config), ...presenceLabels(fleet) };
  const stale = Object.keys(current).filter((key) => isPresenceLabel(key) && !(key in wanted));
  const patch = Object.fromEntries<string | null>([
    ...Object.entries(wanted).filter(([key, value]) => current[key] !== value),
    ...stale.map((key): [string, null] => [key, null]),
  ]);
  return Object.keys(patch).length > 0 ? patch : undefined;
}

type StatusFields = Pick<
  NonNullable<Node['status']>,
  'addresses' | 'daemonEndpoints' | 'capacity' | 'allocatable' | 'nodeInfo' | 'images'
>;

function statusFields(config: NodeConfig, fleet: NodeFleet): StatusFields {
  const required = Object.fromEntries(REQUIRED_RESOURCES.map((name) => [name, '0']));
  return {
    addresses: [
      ...config.internalIPs.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: config.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: config.kubeletPort } },
    ...(fleet.images && { images: fleet.images }),
    capacity: { ...required, ...fleet.capacity },
    allocatable: { ...required, ...fleet.allocatable },
    nodeInfo: {
      ...(config.machine ?? virtualMachine(config.name)),
      containerRuntimeVersion: `docker://${fleet.engineVersion || 'unknown'}`,
      kubeletVersion: config.kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: config.architecture,
    },
  };
}

function virtualMachine(name: string): MachineInfo {
  const osImage = 'Longshore (virtual node)';
  return { machineID: name, systemUUID: name, bootID: '', kernelVersion: '', osImage };
}

function fieldPatch(observed: Node, wanted: StatusFields): Record<string, unknown> | undefined {
  const current = observed.status ?? {};
  const patch: Record<string, unknown> = {};
  // `addresses` is declared as merged by type, so that two addresses of one type need the whole list to be replaced.
  if (!isSameJson(current.addresses, wanted.addresses)) {
    patch['addresses'] = [...(wanted.addresses ?? []), { $patch: 'replace' }];
  }
  if (!isSameJson(current.daemonEndpoints, wanted.daemonEndpoints)) {
    patch['daemonEndpoints'] = wanted.daemonEndpoints;
  }
  if (!isSameJson(current.nodeInfo, { ...current.nodeInfo, ...wanted.nodeInfo })) {
    patch['nodeInfo'] = wanted.nodeInfo;
  }
  if (wanted.images && !isSameJson(current.images, wanted.images)) patch['images'] = wanted.images;
  for (const field of ['capacity', 'allocatable'] as const) {
    const changes = quantityPatch(current[field] ?? {}, wanted[field] ?? {});
    if (changes) patch[field] = changes;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** A resource that no agent has any more becomes 0, as a kubelet does: dropping the key would lift the limit. */
function quantityPatch(
  current: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const changes = Object.fromEntries([
    ...Object.entries(wanted).filter(([name, value]) => !sameQuantity(current[name], value)),
    ...Object.entries(current)
      .filter(([name, value]) => !(name in wanted) && value !== '0')
      .map(([name]) => [name, '0']),
  ]);
  return Object.keys(changes).length > 0 ? changes : undefined;
}

/** The API server rewrites quantities to its canonical form: `1000` comes back as `1k`. */
function sameQuantity(a: string | undefined, b: string): boolean {
  return (
    a === b || (a !== undefined && parseQuantity(a) !== undefined && parseQuantity(a) === parseQuantity(b))
  );
}

type WantedCondition = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

function desiredConditions(fleet: NodeFleet): WantedCondition[] {
  const { pressures = [] } = fleet;
  return [
    pressures.includes('MemoryPressure')
      ? pressed('MemoryPressure', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
      : healthy('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressures.includes('DiskPressure')
      ? pressed('DiskPressure', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : healthy('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    healthy('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ...(fleet.guest ?? []),
    readyCondition(fleet),
  ];
}

function healthy(type: string, reason: string, message: string): WantedCondition {
  return { type, status: 'False', reason, message };
}

function pressed(type: string, reason: string, message: string): WantedCondition {
  return { type, status: 'True', reason, message };
}

function readyCondition(fleet: NodeFleet): WantedCondition {
  const type = 'Ready';
  if (fleet.agentsReady > 0) {
    return { type, status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
  }
  return { type, status: 'False', reason: 'KubeletNotReady', message: fleet.problem ?? absence(fleet) };
}

function absence({ agentsTotal }: NodeFleet): string {
  return agentsTotal === 0 ? 'no agent has joined yet' : `none of ${agentsTotal} agents is connected`;
}

function stampConditions(
  wanted: readonly WantedCondition[],
  context: { readonly observed: readonly NodeCondition[]; readonly nowMs: number },
): NodeCondition[] {
  const now = toSeconds(context.nowMs);
  return wanted.map((condition) => {
    const previous = find(context.observed, condition.type);
    const kept = previous?.status === condition.status ? previous.lastTransitionTime : undefined;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: kept ?? now };
  });
}

function sameCondition(wanted: WantedCondition, observed: NodeCondition | undefined): boolean {
  return (
    observed !== undefined &&
    observed.status === wanted.status &&
    observed.reason === wanted.reason &&
    observed.message === wanted.message
  );
}

function find<C extends WantedCondition>(conditions: readonly C[], type: string): C | undefined {
  return conditions.find((condition) => condition.type === type);
}
