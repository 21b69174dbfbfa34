// Decides what becomes of an event, as Kubernetes' own clients do: a repeated one is counted onto the first, many that
// differ only in their message become one, and a chatty object is cut off. Pure but for the memory it keeps, which is
// bounded; the caller writes.
import type { EventRecord } from '../reconcile/event-recorder.ts';

export type EventPlan =
  | {
      readonly kind: 'create';
      readonly key: string;
      readonly message: string;
      readonly count: number;
      readonly firstMs: number;
    }
  | {
      readonly kind: 'count';
      readonly key: string;
      readonly message: string;
      readonly count: number;
      readonly firstMs: number;
      readonly name: string;
    }
  /** Its object has said too much lately. */
  | { readonly kind: 'drop' };

export interface EventCorrelator {
  /** What to write for an event that happened at `atMs`; `nowMs` paces. */
  plan(event: EventRecord, times: { readonly nowMs: number; readonly atMs: number }): EventPlan;
  /** A created event's name, so that the next of this key is counted onto it. */
  created(key: string, name: string): void;
  /** The event object is no more: the next of this key is a new one. */
  forget(key: string): void;
}

const AGGREGATE_WINDOW_MS = 600_000;
const AGGREGATE_ABOVE = 10;
const BURST_PER_OBJECT = 25;
const REFILL_MS = 300_000;
const MAX_REMEMBERED = 4096;

interface Known {
  readonly count: number;
  readonly firstMs: number;
  readonly name: string | undefined;
}

export function createEventCorrelator(): EventCorrelator {
  const known = new Recent<Known>(MAX_REMEMBERED);
  const similar = new Recent<{ readonly sinceMs: number; readonly messages: Set<string> }>(MAX_REMEMBERED);
  const allowances = new Recent<{ readonly tokens: number; readonly atMs: number }>(MAX_REMEMBERED);

  const isAllowed = (event: EventRecord, nowMs: number): boolean => {
    const key = JSON.stringify([event.about.kind, event.about.namespace, event.about.name, event.about.uid]);
    const last = allowances.get(key) ?? { tokens: BURST_PER_OBJECT, atMs: nowMs };
    const tokens = Math.min(BURST_PER_OBJECT, last.tokens + (nowMs - last.atMs) / REFILL_MS);
    allowances.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    return tokens >= 1;
  };

  /** The key of this very event, or of the many it is one of. */
  const aggregate = (event: EventRecord, nowMs: number): { key: string; message: string } => {
    const { about, type, reason, message, saidBy } = event;
    const group = JSON.stringify([
      about.kind,
      about.namespace,
      about.name,
      about.uid,
      about.fieldPath,
      type,
      reason,
      saidBy,
    ]);
    const previous = similar.get(group);
    const record =
      previous && nowMs - previous.sinceMs <= AGGREGATE_WINDOW_MS
        ? previous
        : { sinceMs: nowMs, messages: new Set<string>() };
    if (record.messages.size <= AGGREGATE_ABOVE) record.messages.add(message);
    similar.set(group, record);
    return record.messages.size > AGGREGATE_ABOVE
      ? { key: group, message: `(combined from similar events): ${message}` }
      : { key: `${group}${message}`, message };
  };

  return {
    plan(event, { nowMs, atMs }) {
      const { key, message } = aggregate(event, nowMs);
      const previous = known.get(key);
      const count = (previous?.count ?? 0) + 1;
      const firstMs = previous?.firstMs ?? atMs;
      known.set(key, { count, firstMs, name: previous?.name });
      if (!isAllowed(event, nowMs)) return { kind: 'drop' };
      return previous?.name
        ? { kind: 'count', key, message, count, firstMs, name: previous.name }
        : { kind: 'create', key, message, count, firstMs };
    },
    created(key, name) {
      const entry = known.get(key);
      if (entry) known.set(key, { ...entry, name });
    },
    forget(key) {
      known.delete(key);
    },
  };
}

/** A map that forgets what was not touched for longest. */
class Recent<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
