// Tokens of pods: issued when a pod needs one, issued anew before they run out, for as long as the pod is there. What an
// agent holds already counts, so a restart of the controller issues nothing.
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { TokenReference } from '../../common/pod-references.ts';
import { parseTokenRevision, refreshAtMs, type TokenLife, tokenRevision } from '../model/token-life.ts';
import { createKeyedQueue, type QueueMeter } from './keyed-queue.ts';
import type { ObjectSource, ObjectState } from './object-source.ts';

export interface TokenDeskOptions {
  readonly source: Pick<ObjectSource, 'issueToken'>;
  /** Someone waits for this token: its agent has a session. */
  readonly isAwaited: (key: string) => boolean;
  readonly tell: (key: string, state: ObjectState) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ random() < 1. */
  readonly random?: () => number;
  readonly queueMeter?: QueueMeter | undefined;
}

export interface TokenDesk {
  /** From now on there shall be one. `revision`: of the one there is; undefined when there is none. Idempotent. */
  want(key: string, reference: TokenReference, revision: string | undefined): void;
  unwant(key: string): void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry {
  readonly reference: TokenReference;
  revision: string | undefined;
  /** On the wall clock; 0: now. */
  dueMs: number;
}

const LOOK_MS = 10_000;
const CONCURRENCY = 16;

export function createTokenDesk(options: TokenDeskOptions): TokenDesk {
  const { source, isAwaited, tell, clock, log, random = Math.random } = options;
  const entries = new Map<string, Entry>();

  const isDue = (key: string, entry: Entry) => isAwaited(key) && clock.now() >= entry.dueMs;

  async function issue(key: string, signal: AbortSignal): Promise<void> {
    const entry = entries.get(key);
    if (!entry || !isDue(key, entry)) return;
    const issuedMs = clock.now();
    const { lifetimeSeconds, ...token } = await source.issueToken(entry.reference, signal);
    if (entries.get(key) !== entry) return;
    // By our own clock all of it: the API server's may be another time altogether.
    const life: TokenLife = { issuedMs, expiresMs: issuedMs + lifetimeSeconds * 1000 };
    const revision = tokenRevision(life);
    Object.assign(entry, { revision, dueMs: refreshAtMs(life, random()) });
    tell(key, { kind: 'found', revision, json: JSON.stringify(token) });
  }

  const queue = createKeyedQueue({
    clock,
    concurrency: CONCURRENCY,
    meter: options.queueMeter,
    work: issue,
    onFailure(key, error, retryMs) {
      const reason = describeError(error);
      log.debug({ key, retryMs, reason }, 'a token was not issued; will retry');
      if (!ANSWERED.has(errorCode(error)) || !entries.has(key)) return;
      tell(key, { kind: 'unknown', reason });
    },
  });

  return {
    want(key, reference, revision) {
      if (!entries.has(key) || entries.get(key)?.revision !== revision) {
        const life = parseTokenRevision(revision);
        entries.set(key, { reference, revision, dueMs: life ? refreshAtMs(life, random()) : 0 });
      }
      queue.add(key);
    },
    unwant: (key) => entries.delete(key),
    async run(signal) {
      const working = queue.run(signal);
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        for (const [key, entry] of entries) if (isDue(key, entry)) queue.add(key);
      }
      await working;
    },
  };
}

/** The API server has said no; anything else is a matter of time. */
const ANSWERED: ReadonlySet<string> = new Set(['not-found', 'forbidden', 'invalid']);
