// Remembers what the API server said about callers for as long as a kubelet does, so that a busy client costs one
// review and not one per request. Tokens are kept as hashes only. Errors are never remembered.
import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { AccessDecision, AccessReviewer, User } from '../model/access.ts';
import { type KubeletMeter, NO_METER } from './kubelet-meter.ts';

const TOKEN_ACCEPTED_MS = 120_000;
const TOKEN_REFUSED_MS = 10_000;
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;
const MAX_ENTRIES = 4096;
/** Anybody may send tokens: this many are asked about at once, no matter how many arrive. */
const MAX_TOKENS_IN_FLIGHT = 64;

export function cacheReviews(
  reviewer: AccessReviewer,
  clock: Clock,
  meter: Pick<KubeletMeter, 'reviewed'> = NO_METER,
): AccessReviewer {
  const users = new ExpiringMap<User | undefined>(clock);
  const decisions = new ExpiringMap<AccessDecision>(clock);
  const asking = new Map<string, Promise<User | undefined>>();

  const ask = async (key: string, token: string, audiences?: readonly string[]) => {
    const user = await reviewer.authenticate(token, audiences);
    users.set(key, user, user ? TOKEN_ACCEPTED_MS : TOKEN_REFUSED_MS);
    return user;
  };

  return {
    async authenticate(token, audiences) {
      const key = createHash('sha256')
        .update(JSON.stringify([token, audiences ?? []]))
        .digest('base64');
      const known = users.get(key);
      const pending = asking.get(key);
      meter.reviewed('token', known || pending ? 'remembered' : 'asked');
      if (known) return known.value;
      if (pending) return pending;
      if (asking.size >= MAX_TOKENS_IN_FLIGHT)
        throw new LongshoreError('exhausted', 'too many tokens are being checked; try again in a moment');
      const answer = ask(key, token, audiences).finally(() => asking.delete(key));
      asking.set(key, answer);
      return answer;
    },
    async authorize(user, attributes) {
      const key = JSON.stringify([user, attributes]);
      const known = decisions.get(key);
      meter.reviewed('access', known ? 'remembered' : 'asked');
      if (known) return known.value;
      const decision = await reviewer.authorize(user, attributes);
      decisions.set(key, decision, decision.allowed ? ALLOWED_MS : DENIED_MS);
      return decision;
    },
  };
}

/** At most MAX_ENTRIES; the oldest makes room. */
class ExpiringMap<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): { readonly value: Value } | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAtMs > this.#clock.monotonicMs()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, { value, expiresAtMs: this.#clock.monotonicMs() + ttlMs });
  }
}
