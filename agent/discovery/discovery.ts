// Finding the controller on the local network by mDNS. What is found is a hint and nothing more: whoever answers must
// still prove itself by the CA hash of the join token, or by the CA this agent joined with. The library runs in a helper
// process that lives only while we look: its uncaught errors cannot take the agent down, and an agent that has its
// controller pays nothing for it.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { ownCommand, runHelper } from '../../common/helper-process.ts';
import type { Log } from '../../common/log.ts';
import { MDNS_BROWSE, parseAnnouncement } from './announcement.ts';

export interface Discovery {
  /** Resolves with HOST:PORT of a controller; rejects with `unavailable` when none is heard of within a while. */
  find(signal: AbortSignal): Promise<string>;
}

export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** SHA-256 of the wanted controller's CA certificate, hex; undefined: the first controller that answers will do. */
  readonly caHash?: string | undefined;
  /** What ends up in `runMdnsBrowse`; default: this program with MDNS_BROWSE. */
  readonly helperCommand?: readonly [string, ...string[]];
  /** Default 15 s. */
  readonly lookForMs?: number;
}

export function createDiscovery(deps: DiscoveryDeps): Discovery {
  const { clock, log, caHash, lookForMs = 15_000, helperCommand = ownCommand(MDNS_BROWSE) } = deps;

  /** Rejects when the helper ends, or the signal aborts. */
  async function listen(found: (address: string) => void, signal: AbortSignal): Promise<never> {
    const onLine = (line: string) => {
      const heard = parseAnnouncement(line);
      if (!heard) return;
      if (caHash === undefined || caHash.startsWith(heard.caHashPrefix)) found(heard.address);
      else
        log.info(
          { address: heard.address, ca: heard.caHashPrefix },
          'heard of the controller of another fleet',
        );
    };
    await runHelper({ command: helperCommand, onLine }, signal);
    throw new LongshoreError('cancelled', 'looking for the controller was given up');
  }

  return {
    async find(signal) {
      const over = new AbortController();
      const until = AbortSignal.any([signal, over.signal]);
      const found = Promise.withResolvers<string>();
      const listening = listen(found.resolve, until);
      const late = clock.sleep(lookForMs, until).then(() => {
        throw new LongshoreError('unavailable', `none answered within ${lookForMs / 1000} s`);
      });
      try {
        const address = await Promise.race([found.promise, listening, late]);
        log.info({ address }, 'controller found on the local network');
        return address;
      } catch (error) {
        signal.throwIfAborted();
        const why = describeError(error);
        throw new LongshoreError(
          'unavailable',
          `no controller was found on the local network by mDNS (${why}): give its address with --controller HOST:PORT`,
        );
      } finally {
        over.abort();
        await Promise.allSettled([listening, late]);
      }
    },
  };
}
