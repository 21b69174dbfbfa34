// As whom the controller speaks where it acts as the node's kubelet: in its own name, or as the node itself by a
// certificate that the cluster signs, so that the Node authorizer keeps it to the objects of its own pods.
import type { Clock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import type { ControllerConfig } from './config.ts';
import { ApiError } from './kube/api-error.ts';
import { type ApiExchange, createKubeClient, type KubeClient } from './kube/client.ts';
import { createRequestSigner } from './kube/request-signer.ts';
import { createIssuedCertificate } from './pki/issued-certificate.ts';
import type { SecretStore } from './pki/secret-store.ts';

export interface NodeIdentity extends AsyncDisposable {
  readonly client: KubeClient;
  /** Its certificate in PEM; undefined: none, or none yet. */
  certificatePem(): string | undefined;
  /** Whether the client speaks as the node now. */
  isNode(): boolean;
  /** Resolves when the client can be used, or when the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** For as long as this controller leads. */
  run(signal: AbortSignal): Promise<void>;
}

const SECRET = 'longshore-node-credential';
const SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';

export function nodeSubject(nodeName: string) {
  return { commonName: `system:node:${nodeName}`, organization: 'system:nodes' };
}

/** `client` is the controller's own. */
export function createNodeIdentity(
  config: ControllerConfig,
  parts: {
    readonly client: KubeClient;
    readonly secrets: SecretStore;
    readonly onExchange?: (exchange: ApiExchange) => void;
  },
  tools: { readonly clock: Clock; readonly log: Log },
): NodeIdentity {
  const { client, secrets, onExchange } = parts;
  if (!config.nodeCredential) {
    const nothing = async () => {};
    return {
      ...{ client, certificatePem: () => undefined, isNode: () => false },
      ...{ ready: nothing, run: nothing, [Symbol.asyncDispose]: nothing },
    };
  }
  const isNode = () => credential.current() !== undefined;
  const credential = createIssuedCertificate(
    { secretName: SECRET, subject: nodeSubject(config.nodeName) },
    {
      secrets,
      signer: createRequestSigner({
        // Clusters approve by themselves what a node asks for itself: all but the first.
        asker: () => (isNode() ? nodeClient : client),
        signerName: SIGNER,
        usages: ['digital signature', 'client auth'],
      }),
      ...tools,
    },
  );
  const nodeClient: KubeClient = createKubeClient({
    kubeconfigPath: config.kubeconfig,
    context: config.context,
    ...(onExchange && { onExchange }),
    certificate: () => {
      const pair = credential.current();
      if (pair) return pair;
      const { awaiting } = credential;
      const remedy = awaiting ? `: kubectl certificate approve ${awaiting}` : '';
      throw new ApiError('unavailable', `the node's own certificate is not issued yet${remedy}`);
    },
    ...tools,
  });
  return {
    client: nodeClient,
    certificatePem: () => credential.current()?.certificatePem,
    isNode,
    ready: (signal) => credential.available(signal),
    run: (signal) => credential.run(signal),
    [Symbol.asyncDispose]: () => nodeClient[Symbol.asyncDispose](),
  };
}
