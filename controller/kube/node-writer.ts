// Keeps a virtual node's object at the API server: creates it, and again within seconds when somebody deletes it;
// brings labels, status and what an agent's node has from its Agent in step by the smallest patch, at most one a second
// whether it succeeds or fails, and looks what to write five times a second at most; reports at least every 5 min. What
// others wrote on the node stays. What the node shall show is decided in model/node-object.ts and model/agent-node.ts.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { AGENT_KEY } from '../../common/names.ts';
import { createWake } from '../../common/wake.ts';
import { carryOver, isNodeOf, withCarried } from '../model/agent-node.ts';
import { cordonEvents, type NodeEvent, writtenEvents } from '../model/node-events.ts';
import {
  type CarriedSpec,
  type NodeConfig,
  type NodeFleet,
  newNode,
  nodePatch,
} from '../model/node-object.ts';
import { isSameJson } from '../model/same-json.ts';
import type { EventRecorder } from '../reconcile/event-recorder.ts';
import type { NodeSink, NodeSource } from '../reconcile/node-sink.ts';
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import type { NodeFollower, ObservedNode } from './node-follower.ts';
import { nodePath } from './resource-path.ts';

export interface NodeWriterOptions {
  readonly client: KubeClient;
  readonly name: string;
  /** Its copies. */
  readonly nodes: NodeFollower;
  /** As it shall be now; undefined: nothing is to be written. */
  readonly config: () => NodeConfig | undefined;
  readonly source: NodeSource;
  readonly events: EventRecorder;
  /** Somebody, perhaps this writer, changed the node's labels. */
  readonly labelsChanged?: () => void;
  /** The node was made, or made anew. */
  readonly uidChanged?: () => void;
  /** Somebody cordoned or uncordoned the node of an agent: the Agent is to follow. */
  readonly cordonAgent?: (unschedulable: boolean) => Promise<void>;
}

export interface NodeWriter extends NodeSink {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** The newest known; undefined while there is none. */
  readonly node: ObservedNode | undefined;
  /** Resolves when the node is registered for the first time. */
  readonly registered: Promise<void>;
}

const LOOK_MS = 10_000;
const PATCH_SPACING_MS = 1000;
/** Of a large fleet it takes milliseconds to put together, and each of a thousand agents that connect changes it. */
const LOOK_SPACING_MS = 200;
const REPORT_MS = 300_000;

export function createNodeWriter(
  options: NodeWriterOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): NodeWriter {
  const { client, name, nodes, source, events } = options;
  const wake = createWake(clock);
  /** Counts what the watch has told. */
  let told = 0;
  const look = () => wake.raise();
  let labels: Readonly<Record<string, string>> | undefined;
  const note = () => {
    told++;
    look();
    const seen = nodes.node(name)?.metadata.labels;
    if (isSameJson(seen, labels)) return;
    labels = seen;
    options.labelsChanged?.();
  };
  const unfollow = nodes.follow(name, note);
  const registered = Promise.withResolvers<void>();
  /** The answer to our last write, for as long as the watch has told nothing since that was sent. */
  let written: { readonly told: number; readonly node: ObservedNode } | undefined;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  /** When the last patch was over: one that has failed may have been carried out all the same. */
  let patchedAtMs = Number.NEGATIVE_INFINITY;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let uid: string | undefined;
  let isUnschedulable = false;
  const recording = new Set<Promise<void>>();

  const newest = (): ObservedNode | undefined => (written?.told === told ? written.node : nodes.node(name));

  const tell = (event: NodeEvent) => {
    const recorded = events.record({ about: { kind: 'Node', name, uid: name }, ...event });
    recording.add(recorded);
    void recorded.finally(() => recording.delete(recorded));
  };

  /** The node is there, as made or written now, or as it was found. */
  const noteRegistered = (node: ObservedNode, { isMade }: { readonly isMade: boolean }) => {
    // A machine does not start anew because this process does.
    const isStart = isMade || node.metadata.labels?.[AGENT_KEY] === undefined;
    if (uid === undefined && isStart)
      tell({ type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' });
    if (uid !== node.metadata.uid) {
      uid = node.metadata.uid;
      options.uidChanged?.();
    }
    for (const event of cordonEvents(isUnschedulable, node)) tell(event);
    isUnschedulable = node.spec?.unschedulable === true;
    registered.resolve();
  };

  const create = async (
    { config, fleet }: Wanted,
    signal: AbortSignal,
  ): Promise<ObservedNode | undefined> => {
    const body = withCarried(newNode(config, fleet, clock.now()), config);
    try {
      return await client.request<ObservedNode>({ method: 'POST', path: nodePath(), body, signal });
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      await mayTakeOver(config, signal);
      return undefined;
    }
  };

  /**
   * It is there already, and the watch is about to say so. The one node is taken over as it is, for that is its configured
   * name; an agent chose its own, so that a node which is not its own is another's.
   */
  const mayTakeOver = async ({ carried }: NodeConfig, signal: AbortSignal): Promise<void> => {
    if (!carried) return;
    const there = await client.request<ObservedNode>({ method: 'GET', path: nodePath(name), signal });
    requireOwn(there, carried);
    // Without its label the watch does not tell of it.
    await patch({ body: { metadata: { labels: { [AGENT_KEY]: carried.owner.name } } } }, signal);
  };

  const requireOwn = (node: ObservedNode, carried: CarriedSpec): void => {
    if (isNodeOf(node, carried.owner)) return;
    throw new LongshoreError(
      'already-exists',
      `the cluster has a node ${name} that is not Longshore's: agent ${carried.owner.name} needs another name`,
    );
  };

  const patch = async (
    { body, subresource }: { readonly body: object; readonly subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<ObservedNode> => {
    try {
      return await client.request<ObservedNode>({
        method: 'PATCH',
        path: nodePath(name, subresource),
        contentType: 'application/strategic-merge-patch+json',
        body,
        signal,
      });
    } finally {
      patchedAtMs = clock.monotonicMs();
    }
  };

  /** What the agent's node has from its Agent, or the Agent from it. Undefined: nothing was to be written. */
  const carry = async (
    observed: ObservedNode,
    config: NodeConfig,
    signal: AbortSignal,
  ): Promise<ObservedNode | undefined> => {
    const step = carryOver(observed, config);
    switch (step.kind) {
      case 'nothing':
        return undefined;
      case 'agent':
        await options.cordonAgent?.(step.unschedulable);
        return await patch({ body: step.patch }, signal);
      case 'node':
        return await patch({ body: step.patch }, signal);
      default:
        return step satisfies never;
    }
  };

  const update = async (
    observed: ObservedNode,
    { config, fleet }: Wanted,
    signal: AbortSignal,
  ): Promise<ObservedNode | undefined> => {
    const carried = await carry(observed, config, signal);
    if (carried) return carried;
    const sentAtMs = clock.monotonicMs();
    const reportDue = sentAtMs - reportedAtMs >= REPORT_MS;
    const body = nodePatch({ observed, config, fleet, nowMs: clock.now(), reportDue });
    if (!body) return undefined;
    const node = await patch({ body, subresource: 'status' }, signal);
    reportedAtMs = sentAtMs;
    return node;
  };

  /** One look, at most one write. */
  const pass = async (signal: AbortSignal): Promise<void> => {
    const [config, fleet] = [options.config(), source.fleet()];
    if (!nodes.isSynced || !config || !fleet) return;
    lookedAtMs = clock.monotonicMs();
    const toldBefore = told;
    const observed = newest();
    if (observed && config.carried) requireOwn(observed, config.carried);
    const sentAtMs = clock.monotonicMs();
    if (observed) noteRegistered(observed, { isMade: false });
    const node = observed
      ? await update(observed, { config, fleet }, signal)
      : await create({ config, fleet }, signal);
    if (!node) return;
    if (!observed) {
      reportedAtMs = sentAtMs;
      log.info({ node: name, uid: node.metadata.uid }, 'the virtual node is created');
    }
    written = { told: toldBefore, node };
    noteRegistered(node, { isMade: !observed });
    for (const event of writtenEvents(observed, node)) tell(event);
  };

  const keep = async (signal: AbortSignal): Promise<void> => {
    const fresh = backoff({ initialMs: 100, maxMs: 7000 });
    let pause = fresh;
    while (!signal.aborted) {
      try {
        // Before it is decided what to write, so that it is what is true then.
        const mayMs = Math.max(patchedAtMs + PATCH_SPACING_MS, lookedAtMs + LOOK_SPACING_MS);
        const earlyMs = mayMs - clock.monotonicMs();
        if (earlyMs > 0) await clock.sleep(earlyMs, signal);
        await pass(signal);
        if (pause !== fresh) log.info({ node: name }, 'the virtual node is written again');
        pause = fresh;
        await wake.wait(LOOK_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (pause === fresh) {
          const reason = { node: name, error: describeError(error) };
          log.warn(reason, 'cannot write the virtual node; trying again');
        }
        // Deleted or changed under our hands: the watch's word for it may come later than this.
        if (isStatus(error, 404) || isStatus(error, 409)) written = undefined;
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
      await keep(signal);
      unfollow();
      await Promise.all(recording);
    },
  };
}

interface Wanted {
  readonly config: NodeConfig;
  readonly fleet: NodeFleet;
}
