// One term of leadership: everything that watches and writes on the cluster's behalf. It begins with nothing but what
// the API server and the agents say, and ends without a trace in memory.
import type { Clock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import type { Pod } from '../common/pod.ts';
import type { ControllerConfig } from './config.ts';
import { type AgentStore, createAgentStore } from './kube/agents.ts';
import type { KubeClient } from './kube/client.ts';
import { createEventRecorder } from './kube/events.ts';
import { fencedClient } from './kube/fenced-client.ts';
import type { Leadership } from './kube/leader.ts';
import { createNodeLease } from './kube/node-lease.ts';
import { createNodeWriter } from './kube/node-writer.ts';
import { createPodWriter } from './kube/pod-writer.ts';
import { createReflector } from './kube/reflector.ts';
import type { FoundPod } from './kubelet/container-logs.ts';
import { configuredLabels, labelsWithoutPresence, type NodeConfig } from './model/node-object.ts';
import { AgentController } from './reconcile/agent-controller.ts';
import type { AgentObserver } from './reconcile/agent-link.ts';
import { AgentRegistry } from './reconcile/agent-registry.ts';
import { createFleetView } from './reconcile/fleet-status.ts';
import type { FleetView } from './reconcile/fleet-view.ts';
import { createNodeSource } from './reconcile/node-source.ts';
import { PodController } from './reconcile/pod-controller.ts';

export interface TermOptions {
  readonly config: ControllerConfig;
  readonly node: NodeConfig;
  readonly client: KubeClient;
  readonly leadership: Leadership;
  readonly startedAtMs: number;
}

export interface Term {
  readonly observer: AgentObserver;
  readonly agents: AgentStore;
  readonly view: FleetView;
  pods(): readonly Pod[];
  findPod(namespace: string, name: string): FoundPod | undefined;
  /** What keeps its loops from working now; undefined: nothing. */
  trouble(): Error | undefined;
  /** Resolves when the node is registered. */
  readonly registered: Promise<void>;
  /** Works until the signal aborts; rejects for a defect of ours only. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTerm(options: TermOptions, tools: { readonly clock: Clock; readonly log: Log }): Term {
  const { config, node, leadership, startedAtMs } = options;
  const { clock, log } = tools;
  const { nodeName } = config;
  const client = fencedClient(options.client, leadership);
  const events = createEventRecorder({ client, nodeName }, tools);

  const registry = new AgentRegistry({
    clock,
    nodeLabels: () => labelsWithoutPresence(nodeWriter.node?.metadata?.labels ?? configuredLabels(node)),
  });
  const podController = new PodController({
    clock,
    log,
    nodeName,
    fleet: registry,
    writer: createPodWriter(client),
    events,
    onChange: () => nodeWriter.changed(),
  });
  const agentController: AgentController = new AgentController({
    clock,
    log,
    registry,
    pods: podController,
    writer: {
      publishStatus: (agent, status) => agents.publishStatus(agent, status),
      release: (agent) => agents.release(agent),
    },
    events,
  });
  const agents = createAgentStore({ client, observer: agentController }, tools);
  const podReflector = createReflector<Pod>(
    {
      client,
      path: '/api/v1/pods',
      fieldSelector: `spec.nodeName=${nodeName}`,
      observer: podController,
    },
    tools,
  );
  const source = createNodeSource({ registry, pods: podController });
  // Pods may wait for a label that an administrator gives the node.
  const observed = () => podController.fleetChanged();
  const nodeWriter = createNodeWriter({ client, config: node, source, labelsChanged: observed }, tools);
  const nodeLease = createNodeLease(
    { client, nodeName, nodeUid: () => nodeWriter.node?.metadata?.uid, healthy: () => leadership.isHeld() },
    tools,
  );

  return {
    observer: agentController,
    agents,
    view: createFleetView({
      nodeName,
      startedAtMs,
      epoch: () => leadership.epoch,
      registry,
      pods: podController,
      node: source,
    }),
    pods: () => podController.pods(),
    findPod: (namespace, name) => podController.findPod(namespace, name),
    trouble: () => podReflector.trouble ?? agents.trouble,
    registered: nodeWriter.registered,
    async run(signal) {
      await Promise.all([
        events.run(signal),
        podReflector.run(signal),
        agents.run(signal),
        nodeWriter.run(signal),
        nodeLease.run(signal),
        podController.run(signal),
        agentController.run(signal),
      ]);
    },
  };
}
