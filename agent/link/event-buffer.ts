// Events the controller has not acknowledged yet, oldest first; all of them are sent again in every new session. Beyond
// the bound the oldest are given up: an agent that was alone for a week has nothing useful to say about Monday.
import type { PodEventRecord } from './pod-host.ts';

export interface NumberedEvent {
  readonly sequence: number;
  readonly event: PodEventRecord;
  /** See Uplink. */
  readonly done: (() => void) | undefined;
}

export interface EventBuffer {
  /** Returns how many were given up to make room: 0 or 1. */
  add(event: PodEventRecord, done?: () => void): number;
  /** The first with a higher sequence number; undefined when there is none. */
  after(sequence: number): NumberedEvent | undefined;
  /** Forgets every event up to and including this one. */
  acknowledge(sequence: number): void;
  readonly size: number;
}

export const MAX_EVENTS = 1000;

export function createEventBuffer(maxEvents = MAX_EVENTS): EventBuffer {
  const events: NumberedEvent[] = [];
  let lastSequence = 0;
  return {
    add(event, done) {
      events.push({ sequence: ++lastSequence, event, done });
      if (events.length <= maxEvents) return 0;
      events.shift()?.done?.();
      return 1;
    },
    after(sequence) {
      const first = events[0]?.sequence ?? 0;
      // Numbers are consecutive, so the position follows from them.
      return events[Math.max(0, sequence - first + 1)];
    },
    acknowledge(sequence) {
      const first = events[0]?.sequence ?? 0;
      for (const { done } of events.splice(0, Math.max(0, sequence - first + 1))) done?.();
    },
    get size() {
      return events.length;
    },
  };
}
