// The kubelet port as it is dialled from here, as the kubeconfig's user. The user's credentials go to no other server than
// the one whose certificate the controller has named.
import { isIPv6 } from 'node:net';
import { connect } from 'node:tls';
import { describeError, LongshoreError } from '../../../common/errors.ts';
import type { Cluster } from '../cluster.ts';
import type { Endpoint } from '../stream-client.ts';

export interface KubeletEndpointOptions {
  readonly cluster: Pick<Cluster, 'endpoint' | 'kubeletAddress'>;
  readonly nodeName: string;
  /** What it serves with. */
  readonly certificatePem: string;
}

const DIAL_MS = 3000;

/**
 * Rejects with `unavailable` when it cannot be dialled from here, which is no failure of its own, and with
 * `unauthenticated` when another server answers there.
 */
export async function openKubeletEndpoint(
  { cluster, nodeName, certificatePem }: KubeletEndpointOptions,
  signal?: AbortSignal,
): Promise<Endpoint> {
  const [api, address] = await Promise.all([cluster.endpoint(), cluster.kubeletAddress(nodeName, signal)]);
  if (!address) throw unreachable('the node does not say where it is');
  if (!api) throw unreachable('a proxy is between here and the cluster');
  const { host, port } = address;
  const { cert, key, pfx, passphrase } = api.tls;
  const tls = {
    ...{ cert, key, pfx, passphrase, ca: certificatePem, allowPartialTrustChain: true },
    // That it is this very certificate says more than any name in it.
    checkServerIdentity: () => undefined,
  };
  await dial({ host, port, tls });
  return { url: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`, headers: api.headers, tls };
}

function dial({
  host,
  port,
  tls,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls: Endpoint['tls'];
}) {
  return new Promise<void>((resolve, reject) => {
    // As a stranger: nothing is shown before it is known who answers.
    const { ca, allowPartialTrustChain, checkServerIdentity } = tls;
    let isConnected = false;
    const socket = connect({ host, port, ca, allowPartialTrustChain, checkServerIdentity });
    socket.setTimeout(DIAL_MS, () => socket.destroy(new Error(`no answer within ${DIAL_MS / 1000} s`)));
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (cause) => {
      const where = `${host}:${port}`;
      reject(
        isConnected
          ? new LongshoreError(
              'unauthenticated',
              `what answers at ${where} does not have the controller's certificate (${describeError(cause)})`,
              { cause },
            )
          : unreachable(`${where} cannot be dialled from here (${describeError(cause)})`),
      );
    });
  });
}

function unreachable(what: string): LongshoreError {
  return new LongshoreError('unavailable', what);
}
