// A certificate that the cluster signs for us: asked for by a request that somebody approves, kept with its key in a
// Secret, asked for anew at two thirds of its life. The key of a request that is not answered yet is kept there too, so
// that another controller goes on with the same request. Only the leader runs it; writes carry versions all the same.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { SecretStore, StoredSecret } from './secret-store.ts';
import {
  type CertificateSubject,
  createKeyPem,
  createSigningRequest,
  type KeyPair,
  requestDigest,
  type Validity,
  validityOf,
} from './signing-request.ts';

/** Who signs. Rejects with a LongshoreError when it cannot be asked. */
export interface RequestSigner {
  /** Asks, unless a request of this name is there already; answers what has come of it. */
  ask(request: { readonly name: string; readonly pem: string }): Promise<SigningAnswer>;
}

export type SigningAnswer =
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'issued'; readonly certificatePem: string };

export interface IssuedCertificate {
  /** Undefined while there is none that is valid now. */
  current(): KeyPair | undefined;
  /** The request that waits for an approval; undefined: none does. */
  readonly awaiting: string | undefined;
  /** Called whenever the pair is another. */
  subscribe(listener: () => void): () => void;
  /** Resolves when there is a valid one, or when the signal aborts. */
  available(signal: AbortSignal): Promise<void>;
  /** Obtains and renews until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface IssuedCertificateOptions {
  /** Also how its requests are named. */
  readonly secretName: string;
  readonly subject: CertificateSubject;
}

export interface IssuedCertificateDeps {
  readonly secrets: Pick<SecretStore, 'get' | 'create' | 'update'>;
  readonly signer: RequestSigner;
  readonly clock: Clock;
  readonly log: Log;
}

const CERTIFICATE = 'tls.crt';
const KEY = 'tls.key';
const NEXT_KEY = 'next.key';
const LOOK_MS = 3_600_000;
const REFUSED_MS = 60_000;
/** While somebody is expected to approve. */
const ASK_AGAIN = { initialMs: 500, maxMs: 10_000 };

export function createIssuedCertificate(
  { secretName, subject }: IssuedCertificateOptions,
  { secrets, signer, clock, log }: IssuedCertificateDeps,
): IssuedCertificate {
  const listeners = new Set<() => void>();
  let held: { readonly pair: KeyPair; readonly validity: Validity } | undefined;
  let awaiting: string | undefined;
  /** When this process obtained the newest. */
  let obtainedAtMs = Number.NEGATIVE_INFINITY;

  const hold = (pair: KeyPair, validity: Validity) => {
    if (held?.pair.certificatePem === pair.certificatePem) return;
    held = { pair, validity };
    log.info({ secret: secretName, until: new Date(validity.untilMs).toISOString() }, 'certificate in use');
    for (const listener of listeners) listener();
  };
  const current = () => (held && held.validity.untilMs > clock.now() ? held.pair : undefined);

  /** The Secret with a key to ask with. */
  const withNextKey = async (stored: StoredSecret | undefined): Promise<StoredSecret> => {
    if (stored && isKey(stored.data[NEXT_KEY])) return stored;
    const data = { ...stored?.data, [NEXT_KEY]: await createKeyPem() };
    const labels = { 'app.kubernetes.io/part-of': 'longshore' };
    return stored
      ? await secrets.update({ ...stored, data })
      : await secrets.create({ name: secretName, labels, data });
  };

  /** Resolves when a certificate is stored; waits for the approval as long as it takes. */
  const obtain = async (stored: StoredSecret | undefined, signal: AbortSignal): Promise<void> => {
    const secret = await withNextKey(stored);
    const keyPem = secret.data[NEXT_KEY] ?? '';
    const name = `${secretName}-${requestDigest(keyPem, subject)}`;
    const pem = await createSigningRequest(keyPem, subject);
    let pause = backoff(ASK_AGAIN);
    while (!signal.aborted) {
      const answer = await signer.ask({ name, pem });
      if (answer.kind === 'issued') {
        const pair = { certificatePem: answer.certificatePem, keyPem };
        if (!validityOf(pair, subject)) {
          throw new LongshoreError(
            'precondition',
            `the certificate of ${name} is not the one that was asked for`,
          );
        }
        await secrets.update({ ...secret, data: { [CERTIFICATE]: pair.certificatePem, [KEY]: pair.keyPem } });
        return;
      }
      if (answer.kind === 'refused') {
        throw new LongshoreError(
          'forbidden',
          `the request ${name} is refused (${answer.why}): kubectl delete csr ${name} to have it asked again`,
        );
      }
      if (awaiting !== name)
        log.warn({ request: name }, `a request awaits approval: kubectl certificate approve ${name}`);
      awaiting = name;
      await clock.sleep(pause.delayMs, signal).catch(() => undefined);
      pause = pause.next();
    }
  };

  /** Takes what is stored into use and renews it when it is time. Returns how long nothing is to do. */
  const pass = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      const stored = await secrets.get(secretName);
      const pair = { certificatePem: stored?.data[CERTIFICATE] ?? '', keyPem: stored?.data[KEY] ?? '' };
      const validity = validityOf(pair, subject);
      const nowMs = clock.now();
      if (validity && validity.untilMs > nowMs) hold(pair, validity);
      const dueInMs = validity ? renewalTime(validity, obtainedAtMs) - nowMs : 0;
      if (dueInMs > 0 || signal.aborted) return Math.min(dueInMs, LOOK_MS);
      await obtain(stored, signal).finally(() => {
        awaiting = undefined;
      });
      obtainedAtMs = clock.now();
    }
  };

  return {
    current,
    get awaiting() {
      return awaiting;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    available(signal) {
      return new Promise((resolve) => {
        const done = () => {
          listeners.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        if (current() || signal.aborted) return resolve();
        listeners.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    async run(signal) {
      const fresh = backoff({ initialMs: 1000, maxMs: REFUSED_MS, jitter: 0.3 });
      let pause = fresh;
      while (!signal.aborted) {
        let waitMs: number;
        try {
          waitMs = await pass(signal);
          pause = fresh;
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ secret: secretName, reason: describeError(error) }, 'no new certificate; trying again');
          waitMs = pause.delayMs;
          pause = pause.next();
        }
        await clock.sleep(waitMs, signal).catch(() => undefined);
      }
    },
  };
}

/** Signers date certificates back: by that alone a short one would be due the moment it is issued. */
function renewalTime({ fromMs, untilMs }: Validity, obtainedAtMs: number): number {
  const begunMs = Math.max(fromMs, Math.min(obtainedAtMs, untilMs));
  return begunMs + ((untilMs - begunMs) * 2) / 3;
}

function isKey(pem: string | undefined): boolean {
  try {
    return pem !== undefined && requestDigest(pem, { commonName: '', organization: '' }) !== '';
  } catch {
    return false;
  }
}
