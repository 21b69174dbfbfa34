// Keeps the virtual node's object at the API server: creates it, and again within seconds when somebody deletes it;
// brings labels and status in step with the fleet by the smallest patch, at most one a second; reports at least every
// 5 min. What others wrote on the node stays. What the node shall show is decided in model/node-object.ts.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { conditionEvents } from '../model/node-events.ts';
import { type Node, type NodeConfig, newNode, nodePatch } from '../model/node-object.ts';
import { isSameJson } from '../model/same-json.ts';
import type { EventRecorder } from '../reconcile/event-recorder.ts';
import type { NodeSink, NodeSource } from '../reconcile/node-sink.ts';
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { createReflector, type Reflector } from './reflector.ts';
import { nodePath } from './resource-path.ts';
import { createWake } from './wake.ts';
import type { KubeObject } from './watch.ts';

export interface NodeWriterOptions {
  readonly client: KubeClient;
  readonly config: NodeConfig;
  readonly source: NodeSource;
  readonly events: EventRecorder;
  /** Somebody, perhaps this writer, changed the node's labels. */
  readonly labelsChanged?: () => void;
  /** The node was made, or made anew. */
  readonly uidChanged?: () => void;
}

/** The Node as the API server gives it. */
export type ObservedNode = Node & KubeObject;

export interface NodeWriter extends NodeSink {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** The newest known; undefined while there is none. */
  readonly node: ObservedNode | undefined;
  /** Resolves when the node is registered for the first time. */
  readonly registered: Promise<void>;
}

const LOOK_MS = 10_000;
const WRITE_SPACING_MS = 1000;
const REPORT_MS = 300_000;

export function createNodeWriter(
  { client, config, source, events, labelsChanged, uidChanged }: NodeWriterOptions,
  tools: { readonly clock: Clock; readonly log: Log },
): NodeWriter {
  const { clock, log } = tools;
  const wake = createWake(clock);
  /** Counts what the watch has told. */
  let told = 0;
  const look = () => wake.raise();
  let labels: Readonly<Record<string, string>> | undefined;
  const note = () => {
    told++;
    look();
    const seen = reflector.byName(config.name)?.metadata.labels;
    if (isSameJson(seen, labels)) return;
    labels = seen;
    labelsChanged?.();
  };
  const reflector: Reflector<ObservedNode> = createReflector<ObservedNode>(
    {
      client,
      path: nodePath(),
      fieldSelector: `metadata.name=${config.name}`,
      observer: { changed: note, vanished: note, synced: note },
    },
    tools,
  );
  const registered = Promise.withResolvers<void>();
  /** The answer to our last write, for as long as the watch has told nothing since that was sent. */
  let written: { readonly told: number; readonly node: ObservedNode } | undefined;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let uid: string | undefined;
  const recording = new Set<Promise<void>>();

  const newest = (): ObservedNode | undefined =>
    written?.told === told ? written.node : reflector.byName(config.name);

  const tell = (reason: string, message: string) => {
    const about = { kind: 'Node', name: config.name, uid: config.name } as const;
    const recorded = events.record({ about, type: 'Normal', reason, message });
    recording.add(recorded);
    void recorded.finally(() => recording.delete(recorded));
  };

  /** The node is there, as written now or as it was found. */
  const noteRegistered = (node: ObservedNode) => {
    if (uid === undefined) tell('Starting', 'Starting kubelet.');
    if (uid !== node.metadata.uid) {
      uid = node.metadata.uid;
      uidChanged?.();
    }
    registered.resolve();
  };

  const create = async (node: Node, signal: AbortSignal): Promise<ObservedNode | undefined> => {
    try {
      return await client.request<ObservedNode>({ method: 'POST', path: nodePath(), body: node, signal });
    } catch (error) {
      // It is there already (the watch is about to say so): it is taken over as it is.
      if (isStatus(error, 409)) return undefined;
      throw error;
    }
  };

  /** One look, at most one write. Returns whether it wrote. */
  const pass = async (signal: AbortSignal): Promise<boolean> => {
    const fleet = source.fleet();
    if (!reflector.isSynced || !fleet) return false;
    const toldBefore = told;
    const observed = newest();
    const sentAtMs = clock.monotonicMs();
    const nowMs = clock.now();
    let node: ObservedNode | undefined;
    if (!observed) {
      node = await create(newNode(config, fleet, nowMs), signal);
      if (node) log.info({ node: config.name, uid: node.metadata.uid }, 'the virtual node is created');
    } else {
      noteRegistered(observed);
      const reportDue = sentAtMs - reportedAtMs >= REPORT_MS;
      const patch = nodePatch({ observed, config, fleet, nowMs, reportDue });
      if (!patch) return false;
      node = await client.request<ObservedNode>({
        method: 'PATCH',
        path: nodePath(config.name, 'status'),
        contentType: 'application/strategic-merge-patch+json',
        body: patch,
        signal,
      });
    }
    if (!node) return true;
    written = { told: toldBefore, node };
    reportedAtMs = sentAtMs;
    noteRegistered(node);
    for (const reason of conditionEvents(observed, node)) {
      tell(reason, `Node ${config.name} status is now: ${reason}`);
    }
    return true;
  };

  const keep = async (signal: AbortSignal): Promise<void> => {
    const fresh = backoff({ initialMs: 100, maxMs: 7000 });
    let pause = fresh;
    while (!signal.aborted) {
      try {
        const wrote = await pass(signal);
        if (pause !== fresh) log.info('the virtual node is written again');
        pause = fresh;
        if (wrote) await clock.sleep(WRITE_SPACING_MS, signal).catch(() => undefined);
        await wake.wait(LOOK_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (pause === fresh)
          log.warn({ error: describeError(error) }, 'cannot write the virtual node; trying again');
        // Deleted under our hands: the watch's word for it may come later than this.
        if (isStatus(error, 404)) written = undefined;
        await clock.sleep(pause.delayMs, signal).catch(() => undefined);
        pause = pause.next();
      }
    }
  };

  return {
    changed: look,
    get node() {
      return newest();
    },
    registered: registered.promise,
    async run(signal) {
      await Promise.all([reflector.run(signal), keep(signal)]);
      await Promise.all(recording);
    },
  };
}
