// Where the kubelet port's certificate comes from: files, the cluster's signer for kubelets, or nowhere else than the
// controller's own CA, which also serves until the others have one.
import type { Clock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import type { ControllerConfig } from './config.ts';
import type { KubeClient } from './kube/client.ts';
import { createRequestSigner } from './kube/request-signer.ts';
import { type NodeIdentity, nodeSubject } from './node-identity.ts';
import { openCertificateFiles } from './pki/certificate-files.ts';
import { createIssuedCertificate } from './pki/issued-certificate.ts';
import type { SecretStore } from './pki/secret-store.ts';
import type { KeyPair } from './pki/signing-request.ts';

export interface KubeletCertificate {
  /** Undefined: none, or none yet. */
  current(): KeyPair | undefined;
  /** The request that waits for an approval; undefined: none does. */
  readonly awaiting?: string | undefined;
  /** Called whenever it is another. */
  subscribe(listener: () => void): () => void;
  /** For as long as the process lives. */
  run(signal: AbortSignal): Promise<void>;
  /** For as long as this controller leads. */
  lead(signal: AbortSignal): Promise<void>;
}

export interface KubeletCertificateDeps {
  /** The controller's own. */
  readonly client: KubeClient;
  readonly node: NodeIdentity;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly log: Log;
}

const SECRET = 'longshore-kubelet-certificate';
const SIGNER = 'kubernetes.io/kubelet-serving';

/** Throws `invalid` when the files cannot be used. `addresses`: where the API server dials. */
export function createKubeletCertificate(
  { kubeletCertificate: source, nodeName }: ControllerConfig,
  addresses: readonly string[],
  { client, node, secrets, clock, log }: KubeletCertificateDeps,
): KubeletCertificate {
  const nothing = async () => {};
  switch (source.kind) {
    case 'own':
      return { current: () => undefined, subscribe: () => () => {}, run: nothing, lead: nothing };
    case 'files':
      return { ...openCertificateFiles(source, { clock, log }), lead: nothing };
    case 'cluster': {
      const names = { dnsNames: [nodeName], ipAddresses: [...addresses] };
      const signer = createRequestSigner({
        // Those who approve like to see that the node asks for itself.
        asker: () => (node.isNode() ? node.client : client),
        approver: source.approve ? client : undefined,
        signerName: SIGNER,
        usages: ['digital signature', 'server auth'],
      });
      const issued = createIssuedCertificate(
        { secretName: SECRET, subject: { ...nodeSubject(nodeName), names } },
        { secrets, signer, clock, log },
      );
      return {
        current: issued.current,
        get awaiting() {
          return issued.awaiting;
        },
        subscribe: issued.subscribe,
        run: nothing,
        async lead(signal) {
          await node.ready(signal);
          await issued.run(signal);
        },
      };
    }
    default:
      return source satisfies never;
  }
}
