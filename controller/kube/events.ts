// Records Kubernetes events with a kubelet's source fields. One at a time and in order, through a bounded queue and the
// rate of a kubelet (50 a second, bursts of 100); what cannot be recorded is given up and said in the log. Nobody's work
// depends on an event.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { AGENT_ANNOTATION, SAID_BY_ANNOTATION } from '../../common/names.ts';
import { createWake } from '../../common/wake.ts';
import { toSeconds } from '../model/timestamp.ts';
import type { EventRecord, EventRecorder, EventSubject } from '../reconcile/event-recorder.ts';
import { isStatus, isTransient } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { createEventCorrelator, type EventPlan } from './event-correlator.ts';
import { corePath } from './resource-path.ts';

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** The node that an event is of. */
  readonly nodeOf: (about: EventSubject) => string;
}

export interface EventQueue extends EventRecorder {
  /** Works until the signal aborts; what is queued then, or comes later, is given up. */
  run(signal: AbortSignal): Promise<void>;
}

const MAX_QUEUED = 1000;
const PER_SECOND = 50;
const BURST = 100;
/** Two minutes in all, as a kubelet. */
const TRIES = 60;
const RETRY_MS = 2000;
const IDLE_MS = 60_000;
/** The API server refuses longer ones. */
const MAX_MESSAGE = 1024;

interface Queued {
  readonly event: EventRecord;
  readonly atMs: number;
  readonly done: () => void;
}

export function createEventRecorder(
  { client, nodeOf }: EventRecorderOptions,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): EventQueue {
  const queue: Queued[] = [];
  const wake = createWake(clock);
  const correlator = createEventCorrelator();
  const pace = createPace(clock);
  let sequence = 0;
  let givenUp = 0;
  let ended = false;

  const write = async (
    event: EventRecord,
    plan: Writable,
    atMs: number,
    signal: AbortSignal,
  ): Promise<void> => {
    const namespace = event.about.namespace ?? 'default';
    if (plan.kind === 'count') {
      const path = corePath({ namespace, resource: 'events', name: plan.name });
      const body = { count: plan.count, message: plan.message, lastTimestamp: toSeconds(atMs) };
      const contentType = 'application/merge-patch+json';
      try {
        await client.request({ method: 'PATCH', path, contentType, body, signal });
        return;
      } catch (error) {
        // Events live for an hour: this one has ended, so the count goes on in a new object.
        if (!isStatus(error, 404)) throw error;
      }
    }
    const name = eventName(
      event.about.name,
      BigInt(clock.now()) * 1_000_000n + BigInt(sequence++ % 1_000_000),
    );
    const nodeName = nodeOf(event.about);
    const body = eventObject(event, { name, namespace, nodeName, plan, atMs });
    await client.request({ method: 'POST', path: corePath({ namespace, resource: 'events' }), body, signal });
    correlator.created(plan.key, name);
  };

  const record = async ({ event, atMs }: Queued, signal: AbortSignal): Promise<void> => {
    const plan = correlator.plan(event, { nowMs: clock.monotonicMs(), atMs });
    if (plan.kind === 'drop') return;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await pace(signal);
        await write(event, plan, atMs, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (tries < TRIES && isTransient(error)) {
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
          continue;
        }
        if (plan.kind === 'create') correlator.forget(plan.key);
        log.debug({ reason: event.reason, error: describeError(error) }, 'an event is given up');
        return;
      }
    }
  };

  return {
    record: (event) =>
      new Promise((resolve) => {
        if (ended) {
          resolve();
          return;
        }
        if (queue.length >= MAX_QUEUED) {
          if (givenUp++ === 0) log.warn('too many events: some are given up');
          resolve();
          return;
        }
        const text =
          event.message.length > MAX_MESSAGE
            ? `${event.message.slice(0, MAX_MESSAGE - 3)}...`
            : event.message;
        queue.push({ event: { ...event, message: text }, atMs: event.timeMs ?? clock.now(), done: resolve });
        wake.raise();
      }),
    async run(signal) {
      while (!signal.aborted) {
        const next = queue[0];
        if (!next) {
          if (givenUp > 0) log.warn({ givenUp }, 'events are recorded again');
          givenUp = 0;
          await wake.wait(IDLE_MS, signal);
          continue;
        }
        await record(next, signal);
        queue.shift();
        next.done();
      }
      ended = true;
      for (const { done } of queue.splice(0)) done();
    },
  };
}

const MAX_NAME = 253;

/** The object's name and a number that is no other event's, within what a name may have. */
function eventName(about: string, number: bigint): string {
  const suffix = `.${number.toString(16)}`;
  return `${about.slice(0, MAX_NAME - suffix.length).replace(/[^a-z0-9]+$/, '')}${suffix}`;
}

type Writable = Exclude<EventPlan, { kind: 'drop' }>;

function eventObject(
  event: EventRecord,
  { name, namespace, nodeName, plan, atMs }: EventDetails,
): Record<string, unknown> {
  const { type, reason, about, agent, saidBy } = event;
  const annotations = {
    ...(agent && { [AGENT_ANNOTATION]: agent }),
    ...(saidBy && { [SAID_BY_ANNOTATION]: saidBy }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, ...(agent && { annotations }) },
    involvedObject: involved(about),
    type,
    reason,
    message: plan.message,
    count: plan.count,
    firstTimestamp: toSeconds(plan.firstMs),
    lastTimestamp: toSeconds(atMs),
    source: { component: 'kubelet', host: nodeName },
    reportingComponent: 'kubelet',
    reportingInstance: nodeName,
  };
}

interface EventDetails {
  readonly name: string;
  readonly namespace: string;
  readonly nodeName: string;
  readonly plan: Writable;
  readonly atMs: number;
}

function involved({
  kind,
  name,
  uid,
  namespace,
  fieldPath,
}: EventSubject): Record<string, string | undefined> {
  // A kubelet names a node's events by the node's name, and `kubectl describe node` looks for exactly that.
  if (kind === 'Node') return { kind, apiVersion: 'v1', name, uid: name };
  const apiVersion = kind === 'Agent' ? 'longshore.dev/v1alpha1' : 'v1';
  return { kind, apiVersion, name, uid, namespace, fieldPath };
}

/** Waits until one more write keeps the rate. */
function createPace(clock: Clock): (signal: AbortSignal) => Promise<void> {
  let tokens = BURST;
  let atMs = clock.monotonicMs();
  return async (signal) => {
    const nowMs = clock.monotonicMs();
    tokens = Math.min(BURST, tokens + ((nowMs - atMs) / 1000) * PER_SECOND);
    atMs = nowMs;
    if (tokens < 1) await clock.sleep(((1 - tokens) / PER_SECOND) * 1000, signal);
    tokens -= 1;
  };
}
