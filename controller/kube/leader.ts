// Leader election by a Lease. One process holds it, renews it every second, and stops acting 4 s after the last renewal
// that is known to have arrived; others take it over when it has not changed for its 6 s. Ages are measured on the
// watcher's own clock from the moment it saw a change, so clocks that differ do no harm. Every term has an epoch, kept
// in the Lease: larger than every one before, even if the Lease was lost.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type Lease, microTime } from './lease.ts';
import { leasePath } from './resource-path.ts';

export interface Leadership extends AsyncDisposable {
  /** Unix milliseconds at least, and more than every epoch before. */
  readonly epoch: number;
  /** Aborts when the Lease is lost; from then on nothing may be written. */
  readonly lost: AbortSignal;
  /** Looks at the clock: false from the renewal deadline on, even when this process slept through it. */
  isHeld(): boolean;
}

export interface LeaderElector {
  /** Waits for the Lease as long as it takes; rejects only when the signal aborts. Disposing gives it back. */
  acquire(signal: AbortSignal): Promise<Leadership>;
  /** Whether the Lease could be seen when it was last looked at: this process could take it over. */
  readonly takesPart: boolean;
}

export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Lease's name. */
  readonly name: string;
  /** No other process may ever have it; people see it as the Lease's holder. */
  readonly identity: string;
}

export const EPOCH_ANNOTATION = 'longshore.dev/epoch';

const LEASE_SECONDS = 6;
const RENEW_DEADLINE_MS = 4000;
const RETRY_MS = 1000;
const RETRY_FAILED_MS = 500;
const RELEASE_TIMEOUT_MS = 2000;

export function createLeaderElector(
  options: LeaderElectorOptions,
  { clock, log }: { clock: Clock; log: Log },
): LeaderElector {
  const election = createElection(options, clock);
  let takesPart = false;
  return {
    get takesPart() {
      return takesPart;
    },
    async acquire(signal) {
      let trouble = false;
      for (;;) {
        signal.throwIfAborted();
        try {
          const term = await election.claim(signal);
          takesPart = true;
          if (term) {
            log.info({ epoch: term.epoch }, 'leading');
            return hold(election, term, { clock, log });
          }
          trouble = false;
        } catch (error) {
          signal.throwIfAborted();
          takesPart = false;
          if (!trouble)
            log.warn({ error: describeError(error) }, 'cannot take part in the election; trying again');
          trouble = true;
        }
        await clock.sleep(RETRY_MS, signal);
      }
    },
  };
}

interface Term {
  readonly epoch: number;
  /** As last written by us. */
  readonly lease: Lease;
  /** When the request that wrote it was sent, on the monotonic clock. */
  readonly renewedAtMs: number;
}

interface Election {
  /** Undefined while another holds it. */
  claim(signal: AbortSignal): Promise<Term | undefined>;
  /** Rejects when it could not be written; `precondition` when the Lease is another's by now. */
  renew(term: Term, signal: AbortSignal): Promise<Term>;
  /** Gives it back if it is still ours. */
  release(): Promise<void>;
}

function createElection(options: LeaderElectorOptions, clock: Clock): Election {
  const { client, namespace, name, identity } = options;
  const path = leasePath(namespace, name);
  let seen: { readonly version: string; readonly atMs: number } | undefined;

  const read = async (signal?: AbortSignal): Promise<Lease | undefined> => {
    try {
      return await client.request<Lease>({
        method: 'GET',
        path,
        timeoutMs: RENEW_DEADLINE_MS,
        isUrgent: true,
        ...(signal && { signal }),
      });
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };
  const write = async (body: Lease, signal?: AbortSignal): Promise<{ lease: Lease; renewedAtMs: number }> => {
    const renewedAtMs = clock.monotonicMs();
    const lease = await client.request<Lease>({
      ...(body.metadata.resourceVersion
        ? { method: 'PUT', path }
        : { method: 'POST', path: leasePath(namespace) }),
      body,
      timeoutMs: signal ? RENEW_DEADLINE_MS : RELEASE_TIMEOUT_MS,
      isUrgent: true,
      ...(signal && { signal }),
    });
    return { lease, renewedAtMs };
  };
  /** Whether its holder has let it lapse, as far as we have watched it. */
  const isFree = (lease: Lease): boolean => {
    const { holderIdentity, leaseDurationSeconds = LEASE_SECONDS } = lease.spec ?? {};
    if (!holderIdentity || holderIdentity === identity) return true;
    const version = lease.metadata.resourceVersion ?? '';
    if (seen?.version !== version) seen = { version, atMs: clock.monotonicMs() };
    return clock.monotonicMs() - seen.atMs >= Math.min(leaseDurationSeconds, 60) * 1000;
  };

  return {
    async claim(signal) {
      const previous = await read(signal);
      if (previous && !isFree(previous)) return undefined;
      const epoch = Math.max(epochOf(previous) + 1, clock.now());
      const now = microTime(clock.now());
      const body: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          ...previous?.metadata,
          name,
          namespace,
          annotations: { ...previous?.metadata.annotations, [EPOCH_ANNOTATION]: `${epoch}` },
        },
        spec: {
          holderIdentity: identity,
          leaseDurationSeconds: LEASE_SECONDS,
          acquireTime: now,
          renewTime: now,
          leaseTransitions: (previous?.spec?.leaseTransitions ?? -1) + 1,
        },
      };
      try {
        return { epoch, ...(await write(body, signal)) };
      } catch (error) {
        // Another was faster: look again in a second.
        if (isStatus(error, 409)) return undefined;
        throw error;
      }
    },
    async renew(term, signal) {
      const spec = { ...term.lease.spec, renewTime: microTime(clock.now()) };
      try {
        return { epoch: term.epoch, ...(await write({ ...term.lease, spec }, signal)) };
      } catch (error) {
        if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
        const current = await read(signal);
        if (current?.spec?.holderIdentity === identity && epochOf(current) === term.epoch) {
          // Somebody touched our Lease (a label, an earlier renewal whose answer was lost): still ours, not yet renewed.
          return { ...term, lease: current };
        }
        const by = current ? `is held by '${current.spec?.holderIdentity ?? ''}'` : 'was deleted';
        throw new LongshoreError('precondition', `the Lease ${namespace}/${name} ${by}`, { cause: error });
      }
    },
    async release() {
      const current = await read();
      if (current?.spec?.holderIdentity !== identity) return;
      await write({ ...current, spec: { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
    },
  };
}

function epochOf(lease: Lease | undefined): number {
  const epoch = Number(lease?.metadata.annotations?.[EPOCH_ANNOTATION]);
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
}

/** Renews until disposed or lost. */
function hold(election: Election, first: Term, { clock, log }: { clock: Clock; log: Log }): Leadership {
  const lost = new AbortController();
  const stopped = new AbortController();
  const ended = AbortSignal.any([lost.signal, stopped.signal]);
  let term = first;
  const deadlineMs = () => term.renewedAtMs + RENEW_DEADLINE_MS;

  const lose = (error: LongshoreError) => {
    if (ended.aborted) return;
    log.error({ epoch: term.epoch, error: describeError(error) }, 'leadership is lost');
    lost.abort(error);
  };
  const renewAgainAndAgain = async () => {
    let pauseMs = RETRY_MS;
    while (!ended.aborted) {
      await clock.sleep(pauseMs, ended).catch(() => undefined);
      if (ended.aborted) return;
      try {
        term = await election.renew(term, ended);
        pauseMs = RETRY_MS;
      } catch (error) {
        pauseMs = RETRY_FAILED_MS;
        if (error instanceof LongshoreError && error.code === 'precondition') lose(error);
        else if (!ended.aborted) log.warn({ error: describeError(error) }, 'cannot renew the leader Lease');
      }
    }
  };
  /** Apart from the renewals, so that one that hangs cannot hold up the deadline. */
  const watchDeadline = async () => {
    while (!ended.aborted) {
      const leftMs = deadlineMs() - clock.monotonicMs();
      if (leftMs <= 0) {
        lose(
          new LongshoreError(
            'unavailable',
            `the leader Lease was not renewed within ${RENEW_DEADLINE_MS} ms`,
          ),
        );
      } else await clock.sleep(leftMs, ended).catch(() => undefined);
    }
  };
  const loops = Promise.all([renewAgainAndAgain(), watchDeadline()]);

  const stop = async () => {
    stopped.abort();
    await loops;
    if (lost.signal.aborted) return;
    await election.release().then(
      () => log.info('leadership is given back'),
      (error: unknown) =>
        log.warn({ error: describeError(error) }, 'could not give leadership back; it will lapse'),
    );
  };
  let stopping: Promise<void> | undefined;
  return {
    epoch: first.epoch,
    lost: lost.signal,
    isHeld: () => !ended.aborted && clock.monotonicMs() < deadlineMs(),
    [Symbol.asyncDispose]: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
