// Announces this controller on the local network by mDNS, so that an agent started without an address finds it. A hint
// for agents, nothing that anybody trusts. The library runs in a helper process, so that its uncaught errors cannot take
// the controller down; a helper that dies is started again.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import { ownCommand, parentGone, runHelper } from '../../common/helper-process.ts';
import type { Log } from '../../common/log.ts';
import { probeMulticast } from '../../common/multicast-probe.ts';
import { MDNS_SERVICE } from '../../common/names.ts';

export interface Advertised {
  /** Where agents reach the gRPC port. */
  readonly port: number;
  readonly caHash: string;
}

export interface AdvertiseDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** What ends up in `runMdnsAdvertise` with the words it is given; default: this program with MDNS_ADVERTISE. */
  readonly helperCommand?: readonly [string, ...string[]];
}

/** The first word of the helper's command line; `longshore.ts` then calls `runMdnsAdvertise` with the others. */
export const MDNS_ADVERTISE = '--mdns-advertise';

/** Digits of the CA's hash; enough to tell fleets apart. */
const CA_PREFIX_LENGTH = 16;
const FIRST_DELAY_MS = 5000;
const MAX_DELAY_MS = 600_000;

/** Announces until it is disposed of. */
export function advertise(what: Advertised, deps: AdvertiseDeps): AsyncDisposable {
  const stop = new AbortController();
  const announcing = keepAnnouncing(what, deps, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await announcing;
    },
  };
}

async function keepAnnouncing(what: Advertised, deps: AdvertiseDeps, signal: AbortSignal): Promise<void> {
  const [program, ...words] = deps.helperCommand ?? ownCommand(MDNS_ADVERTISE);
  const command = [program, ...words, String(what.port), what.caHash.slice(0, CA_PREFIX_LENGTH)] as const;
  let delay = backoff({ initialMs: FIRST_DELAY_MS, maxMs: MAX_DELAY_MS, jitter: 0.3 });
  while (!signal.aborted) {
    try {
      await runHelper({ command: [...command], onLine: () => undefined }, signal);
    } catch (error) {
      const reason = describeError(error);
      deps.log.warn({ reason }, 'not announced on the local network: agents need --controller HOST:PORT');
    }
    await deps.clock.sleep(delay.delayMs, signal).catch(() => undefined);
    delay = delay.next();
  }
}

/** The announcing helper. Resolves when the parent has gone; rejects where there is no multicast. */
export async function runMdnsAdvertise([port = '', caHashPrefix = '']: readonly string[]): Promise<void> {
  await probeMulticast();
  const { default: mdns } = await import('mdns-js');
  const advertisement = mdns.createAdvertisement(mdns.tcp(MDNS_SERVICE), Number(port), {
    name: `longshore-${caHashPrefix}`,
    // The library splits values at dots; these have none.
    txt: { ca: caHashPrefix },
  });
  advertisement.start();
  await parentGone();
  await new Promise<void>((resolve) => advertisement.stop(resolve));
}
