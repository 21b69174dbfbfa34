// The virtual nodes of one term of leadership, and the pods that are bound to them: one node (one-node.ts), or one for each
// agent (agent-nodes.ts). Both are kept by the same parts; they differ in which nodes there are.
import type { ListenAddress } from './config.ts';
import type { KubeClient } from './kube/client.ts';
import type { KubeletPorts } from './kubelet-ports.ts';
import type { NodeConfig } from './model/node-object.ts';
import type { NodeLabels } from './model/placement/agent-labels.ts';
import type { PresenceKey } from './model/placement/presence-labels.ts';
import type { Topology } from './model/topology.ts';
import type { AgentIdentity } from './reconcile/agent-link.ts';
import type { AgentRegistry } from './reconcile/agent-registry.ts';
import type { EventRecorder } from './reconcile/event-recorder.ts';
import type { PodController } from './reconcile/pod-controller.ts';

export interface VirtualNodes {
  /** As placement sees them; the same object for as long as it says the same. */
  labels(nodeName: string): NodeLabels;
  /** Whether this node shows that it takes no pods. */
  isUnschedulable(nodeName: string): boolean;
  /** What this node shows, or any, may differ from before. Cheap. */
  changed(nodeName?: string): void;
  /** What keeps it from following its pods now. */
  readonly trouble: Error | undefined;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface VirtualNodesOptions {
  /** For what is done as a node's kubelet. */
  readonly client: KubeClient;
  readonly topology: Topology;
  /** The one node, or what all nodes have alike. */
  readonly node: NodeConfig;
  readonly presenceKeys: readonly PresenceKey[];
  readonly registry: AgentRegistry;
  readonly pods: PodController;
  readonly events: EventRecorder;
  /** Where each node of an agent gets its port. */
  readonly ports: KubeletPorts;
  readonly kubeletListen: ListenAddress;
  /** Resolves when the agents are listed. */
  readonly agentsSynced: Promise<void>;
  /** Whether this controller leads. */
  readonly leads: () => boolean;
  readonly cordonAgent: (agent: AgentIdentity, unschedulable: boolean) => Promise<void>;
}
