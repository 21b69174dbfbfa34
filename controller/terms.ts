// Terms of leadership, one after another: waits for the Lease, serves until it is lost or the controller stops, and
// stands by again. While a term is served its parts live and die together; what agents and operators may ask of it
// ends in the very moment the Lease is lost.
import { aborted } from '../common/aborted.ts';
import type { Log } from '../common/log.ts';
import type { LeaderElector, Leadership } from './kube/leader.ts';
import type { RpcServer } from './rpc/rpc-server.ts';
import type { Term } from './term.ts';

export interface TermsOptions {
  readonly elector: LeaderElector;
  readonly begin: (leadership: Leadership) => Term;
  /** Runs as long as a term does, beside it. */
  readonly alongside: (leadership: Leadership, signal: AbortSignal) => Promise<void>;
  /** Who is let in once the term knows the fleet. */
  readonly doors: Pick<RpcServer, 'setLeader'>;
  readonly log: Log;
}

export interface Terms {
  /** The one being served; undefined on a standby. */
  readonly current: Term | undefined;
  /** Why this process neither serves nor could take over; undefined: it does or could. */
  readonly unready: string | undefined;
  /** Leads whenever it can until the signal aborts; rejects for a defect of ours only. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTerms(options: TermsOptions): Terms {
  const { elector, begin, alongside, doors, log } = options;
  let current: Term | undefined;
  let doorsOpen = false;

  /** Before the agents are listed every one of them would be told that it is no longer of the fleet. */
  const openDoors = async (term: Term, leadership: Leadership, signal: AbortSignal): Promise<void> => {
    await Promise.race([term.agents.synced, aborted(signal)]);
    if (signal.aborted) return;
    doors.setLeader({ epoch: leadership.epoch, observer: term.observer });
    doorsOpen = true;
  };

  const serve = async (leadership: Leadership, signal: AbortSignal): Promise<void> => {
    const failed = new AbortController();
    const until = AbortSignal.any([signal, leadership.lost, failed.signal]);
    const term = begin(leadership);
    const leave = () => {
      doors.setLeader(undefined);
      doorsOpen = false;
      current = undefined;
    };
    until.addEventListener('abort', leave, { once: true });
    if (until.aborted) return;
    current = term;
    const parts = [term.run(until), alongside(leadership, until), openDoors(term, leadership, until)];
    const results = await Promise.allSettled(
      parts.map((part) =>
        part.catch((error: unknown) => {
          failed.abort(error);
          throw error;
        }),
      ),
    );
    leave();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };

  return {
    get current() {
      return current;
    },
    get unready() {
      if (current) return doorsOpen ? undefined : 'the fleet is not listed yet';
      return elector.takesPart ? undefined : 'cannot take part in the election of the leader';
    },
    async run(signal) {
      while (!signal.aborted) {
        const leadership = await elector.acquire(signal).catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        });
        if (!leadership) return;
        await using held = leadership;
        await serve(held, signal);
        if (!signal.aborted) log.warn('the leader Lease is lost; standing by');
      }
    },
  };
}
