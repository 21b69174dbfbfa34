// Join tokens: one Secret each, holding a hash of the secret and never the secret itself. Redeeming is idempotent per
// (token, public key): the key is written into the record before anything is made with it, so a lost reply or a dead
// controller burns nothing, and no second machine can use a single-use token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import { createJoinToken, formatJoinToken } from '../../common/join-token.ts';
import type { Log } from '../../common/log.ts';
import type { SecretStore, StoredSecret } from './secret-store.ts';
import { parseTokenRecord, type TokenRecord } from './token-record.ts';

export interface JoinTokens {
  create(options: NewTokenOptions): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  /** What the token grants, without using it up. Rejects with `unauthenticated`. */
  check(claim: TokenClaim): Promise<TokenGrant>;
  /** Binds the token to this key and name. Idempotent per (token, key); rejects with `unauthenticated`. */
  redeem(claim: TokenClaim, agentName: string): Promise<void>;
  /** Deletes the Secrets of expired tokens; resolves with how many. */
  removeExpired(): Promise<number>;
  /** Removes expired tokens now and then until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface NewTokenOptions {
  readonly ttlMs: number;
  /** The only name the machine may take; undefined: any. */
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly reusable: boolean;
}

export interface TokenClaim {
  readonly id: string;
  readonly secret: string;
  readonly publicKeyHash: string;
}

export interface TokenGrant {
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The name this very key has redeemed the token for before. */
  readonly redeemedAs: string | undefined;
}

export interface JoinTokensDeps {
  readonly secrets: SecretStore;
  readonly caHash: string;
  readonly clock: Clock;
  readonly log: Log;
}

export const TOKEN_LABEL = 'longshore.dev/join-token';

const TOKEN_ID = /^[a-z2-7]{8}$/;
const MAX_MACHINES_PER_TOKEN = 1000;
const UPDATE_ATTEMPTS = 8;
const CLEAN_EVERY_MS = 600_000;
/** An expired token is kept for a while, so that who uses it hears `expired` and not `unknown`. */
const KEEP_EXPIRED_MS = 24 * 3_600_000;

export function createJoinTokens(deps: JoinTokensDeps): JoinTokens {
  const { secrets, clock, log } = deps;

  async function find(claim: TokenClaim): Promise<{ stored: StoredSecret; record: TokenRecord }> {
    const stored = TOKEN_ID.test(claim.id) ? await secrets.get(secretName(claim.id)) : undefined;
    const record = stored && parseTokenRecord(stored.data['token.json'] ?? '');
    const matches = timingSafeEqual(
      hash(claim.secret),
      Buffer.from(record?.secretHash ?? '0'.repeat(64), 'hex'),
    );
    if (!stored || !record || !matches) throw refused('it is not known here');
    if (record.expiresAtMs <= clock.now()) {
      throw refused(`it expired at ${new Date(record.expiresAtMs).toISOString()}`);
    }
    const usedByOther = record.uses.some((use) => use.publicKeyHash !== claim.publicKeyHash);
    if (!record.reusable && usedByOther) throw refused('another machine has used it');
    return { stored, record };
  }

  async function removeExpired(): Promise<number> {
    let removed = 0;
    for (const stored of await secrets.list(TOKEN_LABEL)) {
      const record = parseTokenRecord(stored.data['token.json'] ?? '');
      if (!record || record.expiresAtMs + KEEP_EXPIRED_MS > clock.now()) continue;
      await secrets.delete(stored.name, stored.resourceVersion);
      removed++;
    }
    return removed;
  }

  async function redeem(claim: TokenClaim, agentName: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { stored, record } = await find(claim);
      const uses = usesWith(record, { publicKeyHash: claim.publicKeyHash, agentName });
      if (uses === record.uses) return;
      try {
        await secrets.update({ ...stored, data: { 'token.json': JSON.stringify({ ...record, uses }) } });
        return;
      } catch (error) {
        const lost = ['conflict', 'not-found'].includes(errorCode(error));
        if (!lost || attempt >= UPDATE_ATTEMPTS) throw error;
      }
    }
  }

  /** Machines that join together with one token take turns: at once they would only be each other's conflicts. */
  const turns = new Map<string, Promise<void>>();
  async function inTurn(id: string, work: () => Promise<void>): Promise<void> {
    const done = (turns.get(id) ?? Promise.resolve()).then(work);
    const turn = done.catch(() => undefined);
    turns.set(id, turn);
    await turn;
    if (turns.get(id) === turn) turns.delete(id);
    await done;
  }

  return {
    async create(options) {
      const token = createJoinToken(deps.caHash);
      const record: TokenRecord = {
        secretHash: hash(token.secret).toString('hex'),
        expiresAtMs: clock.now() + options.ttlMs,
        agentName: options.agentName,
        labels: options.labels,
        reusable: options.reusable,
        uses: [],
      };
      await secrets.create({
        name: secretName(token.id),
        labels: { 'app.kubernetes.io/part-of': 'longshore', [TOKEN_LABEL]: 'true' },
        data: { 'token.json': JSON.stringify(record) },
      });
      return { token: formatJoinToken(token), expiresAtMs: record.expiresAtMs };
    },

    async check(claim) {
      const { record } = await find(claim);
      const use = record.uses.find((candidate) => candidate.publicKeyHash === claim.publicKeyHash);
      return { agentName: record.agentName, labels: record.labels, redeemedAs: use?.agentName };
    },

    redeem: (claim, agentName) => inTurn(claim.id, () => redeem(claim, agentName)),

    removeExpired,

    async run(signal) {
      while (!signal.aborted) {
        await removeExpired().then(
          (count) => count > 0 && log.info({ count }, 'expired join tokens removed'),
          (error) =>
            log.warn({ reason: describeError(error) }, 'expired join tokens not removed; will retry'),
        );
        await clock.sleep(CLEAN_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}

/** The same list when there is nothing to change. */
function usesWith(record: TokenRecord, use: TokenRecord['uses'][number]): TokenRecord['uses'] {
  const known = record.uses.find((candidate) => candidate.publicKeyHash === use.publicKeyHash);
  if (known?.agentName === use.agentName) return record.uses;
  if (!known && record.uses.length >= MAX_MACHINES_PER_TOKEN) {
    throw refused(`${MAX_MACHINES_PER_TOKEN} machines have joined with it, the most one token allows`);
  }
  return [...record.uses.filter((candidate) => candidate !== known), use];
}

function secretName(id: string): string {
  return `longshore-token-${id}`;
}

/** The secret has 160 random bits, so nothing slower than SHA-256 is needed to keep it from being guessed. */
function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function refused(why: string): LongshoreError {
  return new LongshoreError(
    'unauthenticated',
    `the join token is refused: ${why}; make a new one with \`longshore tokens create\``,
  );
}
