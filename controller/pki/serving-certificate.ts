// Keeps a serving certificate fresh: issued at start, again at two thirds of its life and when its names change. Those
// who serve with it subscribe; live connections go on with what they have.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { CertificateAuthority, ServingNames, ServingPair } from './certificate-authority.ts';

export interface ServingCertificate {
  current(): ServingPair;
  /** Called with every later pair; returns the end of the subscription. */
  subscribe(listener: (pair: ServingPair) => void): () => void;
  /** Issues anew when the names differ from the current ones. */
  rename(names: ServingNames): Promise<void>;
  /** Renews until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ServingCertificateDeps {
  readonly authority: Pick<CertificateAuthority, 'issueServing'>;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_EVERY_MS = 3_600_000;

export async function createServingCertificate(
  deps: ServingCertificateDeps,
  initialNames: ServingNames,
): Promise<ServingCertificate> {
  const listeners = new Set<(pair: ServingPair) => void>();
  let names = initialNames;
  let pair = await deps.authority.issueServing(names);

  async function issue(): Promise<void> {
    pair = await deps.authority.issueServing(names);
    for (const listener of listeners) listener(pair);
  }

  return {
    current: () => pair,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async rename(wished) {
      if (sameNames(names, wished)) return;
      names = wished;
      await issue();
    },
    async run(signal) {
      while (!signal.aborted) {
        await deps.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
        if (signal.aborted || deps.clock.now() < renewalTime(pair)) continue;
        await issue().then(
          () => deps.log.info({ names: names.dnsNames }, 'serving certificate renewed'),
          (error) =>
            deps.log.error({ reason: describeError(error) }, 'serving certificate not renewed; will retry'),
        );
      }
    },
  };
}

function renewalTime(pair: ServingPair): number {
  return pair.issuedAtMs + ((pair.expiresAtMs - pair.issuedAtMs) * 2) / 3;
}

function sameNames(a: ServingNames, b: ServingNames): boolean {
  const key = (names: ServingNames) =>
    JSON.stringify([[...names.dnsNames].sort(), [...names.ipAddresses].sort()]);
  return key(a) === key(b);
}
