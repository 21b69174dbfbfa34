// Remembers what the API server said about callers for as long as a kubelet does, so that a busy client costs one
// review and not one per request, and the same question asked twice at once is asked once. Anybody may send tokens: those
// never accepted before are asked about at a bounded rate, and crowd out none that were. Tokens are kept as hashes only.
// Errors are never remembered.
import { createHash } from 'node:crypto';
import { type AttemptLimits, createAttemptLimiter } from '../../common/attempt-limiter.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { AccessDecision, AccessReviewer, User } from '../model/access.ts';
import { type KubeletMeter, NO_METER } from './kubelet-meter.ts';

export interface CallerReviews extends Pick<AccessReviewer, 'authorize'> {
  /**
   * The token's user; undefined when the API server does not accept it. Throws `exhausted` when this peer, or everyone
   * together, brings too many tokens that nobody knows, and when the API server cannot be asked.
   */
  authenticate(token: string, peerAddress: string): Promise<User | undefined>;
}

const TOKEN_ACCEPTED_MS = 120_000;
const TOKEN_REFUSED_MS = 10_000;
const ALLOWED_MS = 300_000;
const DENIED_MS = 30_000;
const MAX_ENTRIES = 4096;
const STRANGERS: AttemptLimits = {
  perPeer: { perSecond: 1, burst: 60 },
  overall: { perSecond: 20, burst: 200 },
};
/** However slowly the API server answers. */
const MAX_STRANGERS_AT_ONCE = 64;

export function cacheReviews(
  reviewer: AccessReviewer,
  clock: Clock,
  meter: Pick<KubeletMeter, 'reviewed'> = NO_METER,
): CallerReviews {
  const accepted = new Memory<User>(clock);
  const refused = new Memory<undefined>(clock);
  const allowed = new Memory<AccessDecision>(clock);
  const denied = new Memory<AccessDecision>(clock);
  const tokens = new Map<string, Promise<User | undefined>>();
  const accesses = new Map<string, Promise<AccessDecision>>();
  const strangers = createAttemptLimiter(clock, STRANGERS);

  function admitStranger(peerAddress: string): void {
    try {
      if (tokens.size >= MAX_STRANGERS_AT_ONCE)
        throw new LongshoreError('exhausted', 'too many tokens are being checked; try again in a moment');
      strangers.admit(peerAddress);
    } catch (error) {
      meter.reviewed('token', 'turned_away');
      throw error;
    }
  }

  async function reviewToken(key: string, token: string): Promise<User | undefined> {
    const user = await reviewer.authenticate(token);
    if (user) accepted.set(key, user, TOKEN_ACCEPTED_MS);
    else {
      accepted.forget(key);
      refused.set(key, undefined, TOKEN_REFUSED_MS);
    }
    return user;
  }

  async function reviewAccess(key: string, ...question: Parameters<AccessReviewer['authorize']>) {
    const decision = await reviewer.authorize(...question);
    if (decision.allowed) allowed.set(key, decision, ALLOWED_MS);
    else denied.set(key, decision, DENIED_MS);
    return decision;
  }

  return {
    async authenticate(token, peerAddress) {
      const key = createHash('sha256').update(token).digest('base64');
      const known = accepted.get(key) ?? refused.get(key);
      const pending = tokens.get(key);
      if (known || pending) {
        meter.reviewed('token', 'remembered');
        return known ? known.value : pending;
      }
      if (!accepted.hasKnown(key)) admitStranger(peerAddress);
      meter.reviewed('token', 'asked');
      return await joined(tokens, key, () => reviewToken(key, token));
    },
    async authorize(user, attributes) {
      const key = JSON.stringify([user, attributes]);
      const known = allowed.get(key) ?? denied.get(key);
      const pending = accesses.get(key);
      meter.reviewed('access', known || pending ? 'remembered' : 'asked');
      return (
        known?.value ?? pending ?? (await joined(accesses, key, () => reviewAccess(key, user, attributes)))
      );
    },
  };
}

/** Whoever asks the same while it is being answered gets the same answer. */
function joined<Answer>(
  asking: Map<string, Promise<Answer>>,
  key: string,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const answer = ask().finally(() => asking.delete(key));
  asking.set(key, answer);
  return answer;
}

/** At most MAX_ENTRIES; the oldest makes room. */
class Memory<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when it is not known, or not any more. */
  get(key: string): { readonly value: Value } | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAtMs > this.#clock.monotonicMs() ? entry : undefined;
  }

  /** It is known, or was until its time was over. */
  hasKnown(key: string): boolean {
    return this.#entries.has(key);
  }

  set(key: string, value: Value, ttlMs: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, { value, expiresAtMs: this.#clock.monotonicMs() + ttlMs });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
