// What the agent says in one session, in order of urgency: what has changed, from an outbox in which the newest message
// under a key replaces an unsent older one; then events, one after the other; then, when nothing else was due, a heartbeat.
import type { Clock } from '../../common/clock.ts';
import { createOutbox } from '../../common/outbox.ts';
import { drained } from '../../common/paced-write.ts';
import { createWake } from '../../common/wake.ts';
import type { AgentMessage } from '../../proto/gen/longshore/v1/AgentMessage.ts';
import type { OwnerReading } from '../../proto/gen/longshore/v1/OwnerReading.ts';
import type { SessionCall } from './conversation.ts';
import type { EventBuffer } from './event-buffer.ts';

export interface Speaker {
  /** `message` is made when its turn comes. */
  say(key: string, message: () => AgentMessage): void;
  /** There is an event to send. */
  eventAdded(): void;
  /** Messages not sent yet, events not counted. */
  readonly waiting: number;
  /** Writes at the controller's pace until the signal aborts. Rejects when it is too slow for all there is to say. */
  run(call: SessionCall, signal: AbortSignal): Promise<void>;
  /** Keeps the session alive until the signal aborts. */
  beat(intervalMs: number, signal: AbortSignal): Promise<void>;
}

/** What the machine as a whole uses now; asked with every heartbeat. */
export type TellUsage = () => { readonly cpuMilli: number; readonly memoryBytes: number };

/** What matters to the machine's owner, as of lately; asked with every heartbeat. Undefined: nothing is known. */
export type TellOwner = () => OwnerReading | undefined;

const MAX_OUTBOX = 50_000;

export function createSpeaker({
  events,
  clock,
  usage,
  owner,
}: {
  readonly events: EventBuffer;
  readonly clock: Clock;
  readonly usage?: TellUsage | undefined;
  readonly owner?: TellOwner | undefined;
}): Speaker {
  const overflow = new AbortController();
  const outbox = createOutbox<() => AgentMessage>(MAX_OUTBOX);
  let eventsSent = 0;
  let heartbeatDue = false;
  const wake = createWake(clock);

  function next(): AgentMessage | undefined {
    const queued = outbox.take();
    if (queued) return queued();
    const numbered = events.after(eventsSent);
    if (numbered) {
      eventsSent = numbered.sequence;
      return { event: { sequence: numbered.sequence, ...numbered.event } };
    }
    if (!heartbeatDue) return undefined;
    heartbeatDue = false;
    const [used, ofOwner] = [usage?.(), owner?.()];
    const told = { ...(used && { usage: used }), ...(ofOwner && { owner: ofOwner }) };
    return { heartbeat: { timeMs: clock.now(), ...told } };
  }

  return {
    say(key, message) {
      try {
        outbox.put(key, message);
      } catch (error) {
        overflow.abort(error);
      }
      wake.raise();
    },
    eventAdded: () => wake.raise(),
    get waiting() {
      return outbox.size;
    },
    async run(call, signal) {
      const until = AbortSignal.any([signal, overflow.signal]);
      while (!signal.aborted) {
        overflow.signal.throwIfAborted();
        const message = next();
        if (!message) await wake.wait(undefined, until);
        else if (!call.write(message)) await drained(call, until);
      }
    },
    async beat(intervalMs, signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal).catch(() => undefined);
        heartbeatDue = true;
        wake.raise();
      }
    },
  };
}
