// A virtual node for each agent, so that the cluster's scheduler sees every machine: made when the agent has said what
// it is, kept while there is an Agent object, and gone with it. A node is alive while its agent is heard of; when it falls
// silent the node lifecycle controller says so, and evicts. Each node has a kubelet port of its own.
import { aborted } from '../common/aborted.ts';
import type { Clock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import { AGENT_KEY } from '../common/names.ts';
import type { Pod } from '../common/pod.ts';
import { createWake } from '../common/wake.ts';
import { isStatus } from './kube/api-error.ts';
import { createNodeFollower, type ObservedNode } from './kube/node-follower.ts';
import { createReflector } from './kube/reflector.ts';
import { nodePath } from './kube/resource-path.ts';
import { agentPorts } from './kubelet-ports.ts';
import { clearLeftBehind } from './left-behind-nodes.ts';
import { agentNodeConfig, isNodeOf, type SeenAgent } from './model/agent-node.ts';
import { configuredLabels, type NodeConfig } from './model/node-object.ts';
import type { AgentIdentity } from './reconcile/agent-link.ts';
import type { AgentRegistry } from './reconcile/agent-registry.ts';
import { createCarryReport } from './reconcile/carry-report.ts';
import { createAgentNodeSource } from './reconcile/node-source.ts';
import { PodIntake } from './reconcile/pod-intake.ts';
import { createVirtualNode, type VirtualNode } from './virtual-node.ts';
import type { VirtualNodes, VirtualNodesOptions } from './virtual-nodes.ts';

const LOOK_MS = 1000;
const RETRY_MS = 10_000;
/** Two heartbeats: then the Lease is left to lapse. */
const SILENCE_MS = 20_000;

interface Kept {
  readonly agent: AgentIdentity;
  readonly node: VirtualNode;
  readonly stopping: AbortController;
}

export function createAgentNodes(
  options: VirtualNodesOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): VirtualNodes {
  const { client, topology, registry, pods, ports, node: common, presenceKeys } = options;
  const { clock, log } = tools;
  const wake = createWake(clock);
  const kept = new Map<string, Kept>();
  const running = new Set<Promise<void>>();
  let anyChanged = false;
  const own = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  const nodeShowing = (agentUid: string) => registry.nodeShowing(agentUid);
  const intake = new PodIntake(pods, nodeShowing);
  /** That of an Agent which is no more, too. */
  const isOurs = (node: ObservedNode): boolean => {
    const { name, labels } = node.metadata;
    const named = labels?.[AGENT_KEY] ?? '';
    const before = topology.nodeOf(named) === name ? [{ name: named, uid: '' }] : [];
    return [...registry.shownBy(name), ...before].some((agent) => isNodeOf(node, agent));
  };
  const note = (node: ObservedNode): void => {
    if (isOurs(node)) intake.admit(node.metadata.name);
  };
  const nodes = createNodeFollower(
    {
      client,
      select: { labelSelector: AGENT_KEY },
      changed: note,
    },
    tools,
  );
  const podReflector = createReflector<Pod>(
    {
      client,
      path: '/api/v1/pods',
      fieldSelector: 'spec.nodeName!=',
      keeps: ({ spec: { nodeName = '' } }) => nodeName.startsWith(topology.nodeOf('')),
      observer: intake,
    },
    tools,
  );

  /** Undefined until the agent has said what it is. */
  const configOf = (
    { name, uid }: AgentIdentity,
    { kubeletPort, seen }: { readonly kubeletPort: number; readonly seen: SeenAgent },
  ): NodeConfig | undefined => {
    const entry = registry.get(uid);
    const status = entry?.status ?? entry?.object?.status;
    if (!entry?.object || !status?.os) return undefined;
    const shared = { ...common, name: topology.nodeOf(name), kubeletPort };
    return agentNodeConfig({ agent: entry.object, status, seen, common: shared });
  };

  /** Until the signal aborts; then, if its Agent is gone, the Node goes too. */
  const keep = async (agent: AgentIdentity, { stopping }: Pick<Kept, 'stopping'>, term: AbortSignal) => {
    const signal = AbortSignal.any([stopping.signal, term]);
    const name = topology.nodeOf(agent.name);
    let port: number | undefined;
    const report = createCarryReport({ events: options.events, log });
    const node = createVirtualNode(
      {
        ...{ client, name, nodes, presenceKeys, events: options.events },
        config: () => {
          const object = registry.get(agent.uid)?.object;
          if (object) report(object);
          const seen = registry.agentsOf(name).find(({ uid }) => uid === agent.uid);
          return seen && port !== undefined ? configOf(agent, { kubeletPort: port, seen }) : undefined;
        },
        firstLabels() {
          const config = configOf(agent, { kubeletPort: 0, seen: UNSEEN });
          return config ? configuredLabels(config) : {};
        },
        source: createAgentNodeSource({ nodeName: name, registry, pods }),
        isAlive: () => options.leads() && isHeard(registry, agent.uid),
        labelsChanged: () => pods.fleetChanged(),
        cordonAgent: (unschedulable) => options.cordonAgent(agent, unschedulable),
      },
      tools,
    );
    kept.set(name, { agent, node, stopping });
    port = await openPort(name, signal);
    await node.run(signal);
    await ports.close(name);
    const left = nodes.node(name);
    if (!term.aborted && left && isNodeOf(left, agent)) await remove(left, term);
    kept.delete(name);
    wake.raise();
  };

  const openPort = async (name: string, signal: AbortSignal): Promise<number | undefined> => {
    while (!signal.aborted) {
      try {
        const taken = new Set(nodes.list().flatMap((node) => portOf(node) ?? []));
        const before = portOf(nodes.node(name));
        return await ports.open(name, agentPorts(options.kubeletListen, { before, taken }));
      } catch (error) {
        log.warn({ node: name, reason: describeError(error) }, 'no kubelet port; trying again');
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
    return undefined;
  };

  /** The cluster's garbage collector would find it as well, only later. */
  const remove = async ({ metadata: { name, uid } }: ObservedNode, signal: AbortSignal): Promise<void> => {
    try {
      const body = { preconditions: { uid } };
      await client.request({ method: 'DELETE', path: nodePath(name), body, signal });
      log.info({ node: name }, 'the node of a removed agent is deleted');
    } catch (error) {
      if (signal.aborted || isStatus(error, 404) || isStatus(error, 409)) return;
      log.warn(
        { node: name, reason: describeError(error) },
        'the node of a removed agent is left to the cluster',
      );
    }
  };

  const look = (term: AbortSignal, fail: (error: unknown) => void): void => {
    for (const { uid, object } of registry.entries()) {
      if (!object) continue;
      const agent = { name: object.metadata.name, uid };
      if (kept.has(topology.nodeOf(agent.name))) continue;
      const stopping = new AbortController();
      own(keep(agent, { stopping }, term).catch(fail));
    }
    for (const { agent, stopping } of kept.values()) if (!registry.knows(agent.uid)) stopping.abort();
    if (anyChanged) for (const { node } of kept.values()) node.changed();
    anyChanged = false;
  };

  return {
    labels: (nodeName) => kept.get(nodeName)?.node.labels() ?? { labels: {}, presenceKeys },
    isUnschedulable: (nodeName) => kept.get(nodeName)?.node.isUnschedulable() ?? false,
    changed(nodeName) {
      if (nodeName === undefined) anyChanged = true;
      else kept.get(nodeName)?.node.changed();
    },
    get trouble() {
      return nodes.trouble ?? podReflector.trouble;
    },
    async run(signal) {
      const failed = Promise.withResolvers<never>();
      const looking = async () => {
        // Before its Node is known it is not known whose a pod is, nor which ports are taken.
        await Promise.race([Promise.all([nodes.synced, options.agentsSynced]), aborted(signal)]);
        // Some may have been seen before their Agents were.
        for (const node of nodes.list()) note(node);
        own(podReflector.run(signal).catch(failed.reject));
        own(clearLeftBehind({ client, nodes, nodeShowing }, { ...tools, signal }).catch(failed.reject));
        while (!signal.aborted) {
          look(signal, failed.reject);
          await wake.wait(LOOK_MS, signal);
        }
        await Promise.all(running);
      };
      await Promise.race([Promise.all([nodes.run(signal), looking()]), failed.promise]);
    },
  };
}

const UNSEEN: SeenAgent = { cordoned: false, leaving: false };

function portOf(node: ObservedNode | undefined): number | undefined {
  return node?.status?.daemonEndpoints?.kubeletEndpoint?.Port;
}

function isHeard(registry: AgentRegistry, uid: string): boolean {
  const entry = registry.get(uid);
  return entry !== undefined && registry.isReady(entry) && registry.silenceMs(entry) < SILENCE_MS;
}
