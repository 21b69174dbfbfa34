// A certificate and its key from two files that somebody else renews. Read again every few seconds; a pair that is half
// written, or wrong, is not taken, and the last good one stays.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { KeyPair } from './signing-request.ts';

export interface CertificateFiles {
  current(): KeyPair;
  /** Called whenever the pair is another. */
  subscribe(listener: () => void): () => void;
  /** Looks again until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 10_000;

/** Throws `invalid` when the files hold no pair. */
export function openCertificateFiles(
  files: { readonly certFile: string; readonly keyFile: string },
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): CertificateFiles {
  const listeners = new Set<() => void>();
  let pair = readPair(files);
  let complained = false;

  const look = (): void => {
    try {
      const next = readPair(files);
      complained = false;
      if (next.certificatePem === pair.certificatePem && next.keyPem === pair.keyPem) return;
      pair = next;
      log.info(files, 'the certificate has been read again');
      for (const listener of listeners) listener();
    } catch (error) {
      if (!complained) log.warn({ reason: describeError(error) }, 'the last good certificate stays in use');
      complained = true;
    }
  };
  return {
    current: () => pair,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        if (!signal.aborted) look();
      }
    },
  };
}

function readPair({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): KeyPair {
  try {
    const pair = { certificatePem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
    if (new X509Certificate(pair.certificatePem).checkPrivateKey(createPrivateKey(pair.keyPem))) return pair;
  } catch (cause) {
    throw new LongshoreError(
      'invalid',
      `cannot read ${certFile} and ${keyFile} as a certificate and its key`,
      {
        cause,
      },
    );
  }
  throw new LongshoreError('invalid', `the key ${keyFile} is not the one of the certificate ${certFile}`);
}
