// One virtual node for all agents, and the watch of the pods that are bound to it.
import type { Clock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import type { Pod } from '../common/pod.ts';
import { createNodeFollower, oneNodeSelector } from './kube/node-follower.ts';
import { createReflector } from './kube/reflector.ts';
import { configuredLabels } from './model/node-object.ts';
import { createNodeSource } from './reconcile/node-source.ts';
import { createVirtualNode } from './virtual-node.ts';
import type { VirtualNodes, VirtualNodesOptions } from './virtual-nodes.ts';

export function createOneNode(
  { client, node: config, registry, pods, presenceKeys, events, leads }: VirtualNodesOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): VirtualNodes {
  const { name } = config;
  const nodes = createNodeFollower({ client, select: oneNodeSelector(name) }, tools);
  const firstLabels = configuredLabels(config);
  const node = createVirtualNode(
    {
      ...{ client, name, nodes, events, presenceKeys },
      config: () => config,
      source: createNodeSource({ nodeName: name, registry, pods }),
      firstLabels: () => firstLabels,
      isAlive: leads,
      // Pods may wait for a label that an administrator gives the node.
      labelsChanged: () => pods.fleetChanged(),
    },
    tools,
  );
  const podReflector = createReflector<Pod>(
    { client, path: '/api/v1/pods', fieldSelector: `spec.nodeName=${name}`, observer: pods },
    tools,
  );
  return {
    labels: node.labels,
    isUnschedulable: node.isUnschedulable,
    changed: node.changed,
    get trouble() {
      return podReflector.trouble;
    },
    async run(signal) {
      await Promise.all([nodes.run(signal), node.run(signal), podReflector.run(signal)]);
    },
  };
}
