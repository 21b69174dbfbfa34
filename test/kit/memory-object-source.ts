// The API server as far as the dispatch of referenced objects sees it: states by key, set by the test, and tokens that
// are numbered. It counts who follows what.
import { type Reference, referenceKey, type TokenReference } from '../../common/pod-references.ts';
import type {
  FollowedReference,
  IssuedToken,
  ObjectSource,
  ObjectState,
} from '../../controller/reconcile/object-source.ts';

export class MemoryObjectSource implements ObjectSource {
  readonly #states = new Map<string, ObjectState>();
  readonly #followers = new Map<string, Set<(state: ObjectState) => void>>();
  /** Every key ever followed, in order. */
  readonly follows: string[] = [];
  /** Every token issued, by key, in order. */
  readonly issued: string[] = [];
  /** Thrown by the next requests for tokens. */
  readonly tokenFailures: Error[] = [];
  /** When tokens issued now run out, by the API server's clock; they live for an hour. */
  expires: () => string = () => '2026-01-01T01:00:00Z';

  set(reference: Reference, state: ObjectState): void {
    const key = referenceKey(reference);
    this.#states.set(key, state);
    for (const tell of this.#followers.get(key) ?? []) tell(state);
  }

  state(key: string): ObjectState | undefined {
    return this.#states.get(key);
  }

  followed(): string[] {
    return [...this.#followers].flatMap(([key, { size }]) => (size > 0 ? [key] : [])).sort();
  }

  follow(reference: FollowedReference, tell: (state: ObjectState) => void, signal: AbortSignal): void {
    const key = referenceKey(reference);
    this.follows.push(key);
    const followers = this.#followers.get(key) ?? new Set();
    this.#followers.set(key, followers.add(tell));
    signal.addEventListener('abort', () => followers.delete(tell), { once: true });
    queueMicrotask(() => {
      const state = this.#states.get(key);
      if (state && followers.has(tell)) tell(state);
    });
  }

  async issueToken(reference: TokenReference): Promise<IssuedToken> {
    const failure = this.tokenFailures.shift();
    if (failure) throw failure;
    this.issued.push(referenceKey(reference));
    const token = `token-${this.issued.length}`;
    return { token, expirationTimestamp: this.expires(), lifetimeSeconds: 3600 };
  }
}
