// Carries out one step of a pod's plan: a write to the API server or a message to the agent. It decides nothing; what
// came of the step is noted in the entry, and the next look at it sees the difference.
import type { Clock } from '../../common/clock.ts';
import { errorCode, LongshoreError } from '../../common/errors.ts';
import { AGENT_ANNOTATION } from '../../common/names.ts';
import { type Pod, podKey } from '../../common/pod.ts';
import type { WaitingDecision } from '../model/placement/decide.ts';
import { placedCondition, readPlacement, waitingCondition } from '../model/placement-record.ts';
import type { PodStep } from '../model/pod-plan.ts';
import type { StatusPatch } from '../model/pod-status.ts';
import { toSeconds } from '../model/timestamp.ts';
import type { EventRecord } from './event-recorder.ts';
import type { Evictor } from './evictor.ts';
import type { PodObjects } from './object-dispatch.ts';
import type { PlacementRounds } from './placement-rounds.ts';
import { fingerprint, type PodEntry, pendingPatch, TOLD_REMOVED, takeCopy } from './pod-entry.ts';
import { podEvent } from './pod-event.ts';
import type { PodFleet } from './pod-fleet.ts';
import type { PodWriteResult, PodWriter } from './pod-writer.ts';

export interface PodStepsOptions {
  readonly clock: Clock;
  readonly fleet: PodFleet;
  readonly writer: PodWriter;
  readonly evictor: Pick<Evictor, 'evict'>;
  readonly objects: PodObjects;
  readonly rounds: PlacementRounds;
  /** Tells people; owned and awaited elsewhere. */
  readonly tell: (event: EventRecord) => void;
  readonly forget: (entry: PodEntry) => void;
  /** Has the pod looked at again. */
  readonly later: (uid: string, delayMs: number) => void;
  /** A pod runs for the first time. */
  readonly onStarted?: ((sinceCreationMs: number) => void) | undefined;
}

export interface PodSteps {
  /** True: something changed, look again. False: the next look waits for news. Rejects when it is to be retried. */
  execute(step: PodStep, entry: PodEntry, signal: AbortSignal): Promise<boolean>;
}

/** How often a waiting pod's reasons are written when only their counts differ. */
const COUNTS_MS = 60_000;
/** When more pods are to be judged than fit into one go. */
const SOON_MS = 1;

export function createPodSteps(options: PodStepsOptions): PodSteps {
  const { clock, fleet, writer, evictor, objects, rounds, tell, forget, later } = options;

  async function execute(step: PodStep, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const { pod } = entry;
    switch (step.kind) {
      case 'wait':
        return false;
      case 'forget':
        forget(entry);
        return false;
      case 'remove':
        remove(entry);
        return false;
      case 'acknowledge-gone':
        linkOf(entry)?.acknowledgeGone(entry.uid);
        forget(entry);
        return false;
      default:
        return pod ? executeOn(pod, step, { entry, signal }) : false;
    }
  }

  async function executeOn(
    pod: Pod,
    step: Exclude<PodStep, { kind: 'wait' | 'forget' | 'remove' | 'acknowledge-gone' }>,
    on: { readonly entry: PodEntry; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { entry, signal } = on;
    switch (step.kind) {
      case 'place':
        return placeOrWait(pod, entry, signal);
      case 'restore-placement':
        return restorePlacement(pod, entry, signal);
      case 'reject':
        return reject({ pod, step, ...on });
      case 'delete-unplaced':
      case 'final-delete':
        return deletePod(pod, entry, signal);
      case 'dispatch':
        return dispatch(pod, entry);
      case 'publish-status':
      case 'publish-final-status':
        return publish(pod, entry, signal);
      case 'annotate':
        return annotate(pod, entry, signal);
      default:
        return step satisfies never;
    }
  }

  async function placeOrWait(pod: Pod, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const decision = rounds.decide(entry);
    if (!decision) {
      later(entry.uid, SOON_MS);
      return false;
    }
    if (decision.kind === 'reject') return reject({ pod, step: decision, entry, signal });
    if (decision.kind === 'waiting') {
      if (decision.isEarly) return false;
      makeRoom(pod, entry, decision);
      return noteWaiting({ pod, entry, signal, decision });
    }
    const { placement, why } = decision;
    entry.persisting = true;
    try {
      const condition = placedCondition(placement, clock.now());
      // The version is part of it: a placement that another write of ours already made would be a conflict here.
      const taken = await patch(entry, { conditions: [condition] }, { withVersion: true, signal });
      if (!taken) return false;
      entry.placement ??= placement;
      delete entry.decision;
      const placed = `Placed ${podKey(pod)} on agent ${placement.agent}; ${why}`;
      const { agent } = placement;
      tell({ ...podEvent(pod, { type: 'Normal', reason: 'Placed', message: placed }), agent });
      if (!fleet.isRoutable(placement.agentUid)) {
        const message = unreachable(agent);
        tell({ ...podEvent(pod, { type: 'Normal', reason: 'PodIPNotPublished', message }), agent });
      }
      return true;
    } finally {
      // A write that failed may have taken effect all the same: until it is settled the room stays reserved.
      entry.persisting = false;
    }
  }

  /** Worded as the scheduler words it, and for as long as the pod still waits for it. */
  function makeRoom(pod: Pod, entry: PodEntry, decision: WaitingDecision): void {
    for (const victim of decision.victims ?? []) {
      evictor.evict(victim.metadata.uid, {
        condition: {
          reason: 'PreemptionByScheduler',
          message: `longshore: preempting to accommodate a higher priority pod (${podKey(pod)})`,
        },
        event: {
          type: 'Normal',
          reason: 'Preempted',
          message: `Preempted by pod ${pod.metadata.uid} (${podKey(pod)})`,
        },
        holds: () => entry.pod !== undefined && !entry.placement && entry.decision?.outcome === decision,
      });
    }
  }

  async function noteWaiting(input: {
    readonly pod: Pod;
    readonly entry: PodEntry;
    readonly signal: AbortSignal;
    readonly decision: WaitingDecision;
  }): Promise<boolean> {
    const { pod, entry, signal, decision } = input;
    const { summary, reason = 'FailedPlacement' } = decision;
    const record = readPlacement(pod.status);
    if (record.kind === 'waiting' && record.message === summary) return false;
    if (record.kind === 'waiting' && isSameButCounts(record.message, summary) && isToldLately(entry))
      return false;
    entry.waitingTold = { atMs: clock.monotonicMs(), isDue: false };
    const condition = waitingCondition(summary, { previous: pod.status, nowMs: clock.now() });
    const taken = await patch(entry, { conditions: [condition] }, { withVersion: true, signal });
    if (taken) tell(podEvent(pod, { type: 'Warning', reason, message: summary }));
    return false;
  }

  /** In a large fleet the counts change all the time; the pod is looked at again when they may be written. */
  function isToldLately(entry: PodEntry): boolean {
    const told = entry.waitingTold;
    const leftMs = told ? told.atMs + COUNTS_MS - clock.monotonicMs() : 0;
    if (!told || leftMs <= 0) return false;
    if (!told.isDue) later(entry.uid, leftMs);
    told.isDue = true;
    return true;
  }

  async function restorePlacement(pod: Pod, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const { placement } = entry;
    if (!placement) return false;
    const { agent } = placement;
    const message = `its placement on agent ${agent} was lost or altered`;
    tell({ ...podEvent(pod, { type: 'Warning', reason: 'PlacementRestored', message }), agent });
    const condition = placedCondition(placement, clock.now());
    return patch(entry, { conditions: [condition] }, { withVersion: false, signal });
  }

  async function reject(input: {
    readonly pod: Pod;
    readonly step: { readonly reason: string; readonly message: string };
    readonly entry: PodEntry;
    readonly signal: AbortSignal;
  }): Promise<boolean> {
    const { pod, entry, signal } = input;
    const { reason, message } = input.step;
    const startTime = pod.status?.startTime ?? toSeconds(clock.now());
    const { generation: observedGeneration } = pod.metadata;
    const why = { reason, message: `Pod was rejected: ${message}` };
    const status = { phase: 'Failed', ...why, startTime, observedGeneration };
    const taken = await patch(entry, status, { withVersion: true, signal });
    if (taken) tell(podEvent(pod, { type: 'Warning', reason, message }));
    return taken;
  }

  function dispatch(pod: Pod, entry: PodEntry): boolean {
    const link = linkOf(entry);
    if (!link) return false;
    objects.sent(link, pod);
    link.upsert(pod);
    entry.told = { link, what: fingerprint(pod) };
    return true;
  }

  function remove(entry: PodEntry): void {
    const link = linkOf(entry);
    if (!link) return;
    objects.ended(entry.uid);
    link.remove(entry.uid, lastGraceSeconds(entry.lastPod));
    entry.told = { link, what: TOLD_REMOVED };
  }

  async function publish(pod: Pod, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const status = pendingPatch(entry, { fleet, synced: true, nowMs: clock.now() });
    if (!status) return true;
    const taken = await patch(entry, status, { withVersion: false, signal });
    const unmoved = entry.pod?.metadata.resourceVersion === pod.metadata.resourceVersion;
    if (taken && unmoved) entry.settledPatch = JSON.stringify(status);
    if (taken && status['phase'] === 'Running' && pod.status?.phase !== 'Running') started(pod);
    return taken;
  }

  function started({ metadata }: Pod): void {
    const createdAtMs = Date.parse(metadata.creationTimestamp ?? '');
    if (!Number.isNaN(createdAtMs)) options.onStarted?.(Math.max(0, clock.now() - createdAtMs));
  }

  async function annotate(pod: Pod, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const annotations = { [AGENT_ANNOTATION]: entry.placement?.agent ?? '' };
    try {
      return note(entry, await writer.annotate(refOf(pod), annotations, { uid: entry.uid }, signal));
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'forbidden' && code !== 'invalid') throw error;
      entry.annotationRefused = true;
      return true;
    }
  }

  /** With the version as well: a leader that does not know yet that it is none deletes nothing it has not seen. */
  async function deletePod(pod: Pod, entry: PodEntry, signal: AbortSignal): Promise<boolean> {
    const { resourceVersion } = pod.metadata;
    const { kind } = await writer.finalDelete(refOf(pod), { uid: entry.uid, resourceVersion }, signal);
    if (kind === 'conflict') throw changedMeanwhile(pod);
    if (kind === 'deleted') entry.deleteAccepted = resourceVersion ?? '';
    return false;
  }

  async function patch(
    entry: PodEntry,
    status: StatusPatch,
    how: { readonly withVersion: boolean; readonly signal: AbortSignal },
  ): Promise<boolean> {
    const { pod } = entry;
    if (!pod) return false;
    const version = how.withVersion ? { resourceVersion: pod.metadata.resourceVersion } : {};
    const result = await writer.patchStatus(refOf(pod), status, { uid: entry.uid, ...version }, how.signal);
    return note(entry, result);
  }

  /** The object may have vanished from memory while the write was under way: then the answer is old news. */
  function note(entry: PodEntry, result: PodWriteResult): boolean {
    const { pod } = entry;
    if (result.kind === 'gone' || !pod) return false;
    if (result.kind === 'conflict') throw changedMeanwhile(pod);
    takeCopy(entry, result.pod, 'write');
    return true;
  }

  const linkOf = (entry: PodEntry) => entry.placement && fleet.link(entry.placement.agentUid);

  return { execute };
}

/** A conflict is retried: by then the watch has brought the newer copy. */
function changedMeanwhile(pod: Pod): LongshoreError {
  return new LongshoreError(
    'conflict',
    `pod ${podKey(pod)} changed while it was written; it is read and tried again`,
  );
}

function unreachable(agent: string): string {
  return `The pod's IP is not shown in its status, and no Service sends traffic there: agent ${agent} is not declared reachable from the cluster (spec.podsRoutable of the Agent, or --pods-routable of the controller)`;
}

/** A name with a digit in it, of the agent kept free for it say, is none of the counts. */
function isSameButCounts(a: string, b: string): boolean {
  const plain = (text: string) => text.replaceAll(/^\d+(?=\/)|(?<=[ /])\d+(?= )/g, '#');
  return plain(a) === plain(b);
}

function refOf({ metadata: { namespace, name } }: Pod) {
  return { namespace, name };
}

function lastGraceSeconds(pod: Pod | undefined): number {
  const grace = pod?.metadata.deletionGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds ?? 30;
  return Math.max(1, grace);
}
