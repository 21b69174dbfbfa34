// From the API server to the kubelet port: what `kubectl logs` and `exec` go through.
import { X509Certificate } from 'node:crypto';
import { describeError, errorCode } from '../../../common/errors.ts';
import { type Check, type Finding, fail, MAY_NOT, ok, skip, warn } from './check.ts';

const port: Check = {
  name: 'kubelet port',
  hop: 'API server -> kubelet port',
  needs: ['controller'],
  async run({ cluster, nodeName, signal }) {
    const node = nodeName();
    if (node === undefined) return skip('each agent has a node of its own, and none has joined yet');
    try {
      const answer = await cluster.nodeProxy(node, '/healthz', signal);
      if (answer.trim() === 'ok') return ok('the API server reaches it, and it is healthy');
      return fail(`it is not healthy: ${answer.trim().slice(0, 500)}`, "see the controller's log");
    } catch (error) {
      if (/address not allowed/.test(describeError(error))) {
        return skip(
          "the API server's proxy goes to no loopback address, which this node has: see the checks of streams",
        );
      }
      return unreached(error);
    }
  },
};

const DAY_MS = 86_400_000;

const certificate: Check = {
  name: 'serving certificate',
  hop: 'API server -> kubelet port',
  needs: ['controller'],
  async run({ diagnosis, nowMs }) {
    const { kubeletCertificatePem, kubeletCertificateByCluster, kubeletCertificateRequest } = diagnosis();
    const { validTo } = new X509Certificate(kubeletCertificatePem);
    const leftMs = Date.parse(validTo) - nowMs();
    if (leftMs <= 0) {
      return fail(
        `it has expired on ${validTo}`,
        "it renews by itself: see the controller's log for what keeps it",
      );
    }
    const signer = kubeletCertificateByCluster
      ? 'signed by the cluster'
      : "signed by the controller's own CA or from files";
    const text = `${signer}, valid for ${Math.floor(leftMs / DAY_MS)} days`;
    if (kubeletCertificateRequest !== '') {
      return warn(
        `${text}; the request for the next one awaits approval`,
        `kubectl certificate approve ${kubeletCertificateRequest}`,
      );
    }
    return leftMs < DAY_MS ? warn(text, "it should have been renewed: see the controller's log") : ok(text);
  },
};

export const KUBELET_CHECKS: readonly Check[] = [port, certificate];

/** What the API server says of its own road, sorted by the hop that failed. */
function unreached(error: unknown): Finding {
  if (errorCode(error) === 'cancelled') throw error;
  const text = describeError(error);
  const remedy = remedyFor(text);
  return errorCode(error) === 'forbidden' && !/Forbidden \(user=/.test(text)
    ? warn(`not looked at: ${text}`, MAY_NOT)
    : fail(
        text,
        remedy ??
          'see the log of the API server and of the controller; docs/kubelet-api.md says what it expects',
      );
}

export function remedyFor(text: string): string | undefined {
  return REMEDIES.find(([words]) => words.test(text))?.[1];
}

const REMEDIES: readonly (readonly [words: RegExp, remedy: string])[] = [
  [
    /nothing of what was written after that came/,
    'what is between here and the API server (a proxy, a load balancer) keeps answers back until they end: have it pass them on as they come, without buffering',
  ],
  [
    /x509|certificate signed by unknown|tls: failed to verify/i,
    "the API server checks the port's certificate and does not know its CA: use deploy/components/cluster-serving-certificate",
  ],
  [
    /connection refused/i,
    'the API server reaches the machine and nothing listens there: check --kubelet-listen, --node-address and the Service longshore-kubelet',
  ],
  [
    /no route to host|i\/o timeout|TLS handshake timeout|context deadline|network is unreachable|did not answer/i,
    "the API server cannot reach the node's address: check --node-address and the firewall between them",
  ],
  [
    /no such host|no preferred addresses/i,
    'the node has no address that the API server can use: check --node-address',
  ],
  [
    /Unauthorized|Forbidden \(user=/i,
    'the port does not accept the API server: its client CA must be in kube-system/extension-apiserver-authentication, and its user be bound to system:kubelet-api-admin',
  ],
  [/not connected to the controller/i, 'the agent is away: longshore agents describe AGENT'],
];
