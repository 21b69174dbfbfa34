// One virtual node as the cluster sees it: its object, its Lease, and the labels that placement goes by.
import type { Clock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import type { KubeClient } from './kube/client.ts';
import type { NodeFollower } from './kube/node-follower.ts';
import { createNodeLease } from './kube/node-lease.ts';
import { createNodeWriter } from './kube/node-writer.ts';
import type { NodeConfig } from './model/node-object.ts';
import type { NodeLabels } from './model/placement/agent-labels.ts';
import { type PresenceKey, withoutPresence } from './model/placement/presence-labels.ts';
import type { EventRecorder } from './reconcile/event-recorder.ts';
import type { NodeSource } from './reconcile/node-sink.ts';

export interface VirtualNodeOptions {
  readonly client: KubeClient;
  readonly name: string;
  readonly nodes: NodeFollower;
  /** Undefined: nothing is to be written now. */
  readonly config: () => NodeConfig | undefined;
  readonly source: NodeSource;
  readonly events: EventRecorder;
  readonly presenceKeys: readonly PresenceKey[];
  /** Before there is a Node. */
  readonly firstLabels: () => Readonly<Record<string, string>>;
  /** Whether its Lease is to be renewed. */
  readonly isAlive: () => boolean;
  readonly labelsChanged: () => void;
  readonly cordonAgent?: (unschedulable: boolean) => Promise<void>;
}

export interface VirtualNode {
  /** The same object for as long as it says the same. */
  labels(): NodeLabels;
  /** Whether it shows that it takes no pods. */
  isUnschedulable(): boolean;
  /** What it shows may differ from before. Cheap. */
  changed(): void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createVirtualNode(
  options: VirtualNodeOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): VirtualNode {
  const { client, name, presenceKeys } = options;
  const writer = createNodeWriter({ ...options, uidChanged: () => lease.nodeChanged() }, tools);
  const lease = createNodeLease(
    { client, nodeName: name, nodeUid: () => writer.node?.metadata?.uid, healthy: options.isAlive },
    tools,
  );
  const seen = remembering((labels: Readonly<Record<string, string>>): NodeLabels => {
    return { labels: withoutPresence(labels), presenceKeys };
  });
  return {
    labels: () => seen(writer.node?.metadata?.labels ?? options.firstLabels()),
    isUnschedulable: () => writer.node?.spec?.unschedulable === true,
    changed: writer.changed,
    async run(signal) {
      await Promise.all([writer.run(signal), lease.run(signal)]);
    },
  };
}

/** The answer of before for the same question. */
function remembering<Question, Answer>(
  answer: (question: Question) => Answer,
): (question: Question) => Answer {
  let last: { readonly question: Question; readonly answer: Answer } | undefined;
  return (question) => {
    if (!last || last.question !== question) last = { question, answer: answer(question) };
    return last.answer;
  };
}
