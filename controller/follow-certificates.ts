// Both ports' certificates while the process lives: ours when it is renewed, the kubelet port's from wherever it comes,
// and the cluster's client CA when it changes; all without a restart.
import type { Clock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import { createWake } from '../common/wake.ts';
import type { KubeletTls } from './kubelet/kubelet-server.ts';
import type { KubeletCertificate } from './kubelet-certificate.ts';
import type { KubeletPorts } from './kubelet-ports.ts';
import type { ServingCertificate } from './pki/serving-certificate.ts';
import type { RpcServer } from './rpc/rpc-server.ts';

export interface FollowedCertificates {
  readonly serving: ServingCertificate;
  readonly kubeletCertificate: KubeletCertificate;
  readonly rpc: RpcServer;
  readonly kubelet: Pick<KubeletPorts, 'replaceTls'>;
  /** What the kubelet port shall serve with now. */
  readonly kubeletTls: () => Promise<KubeletTls>;
  /** Signs agents' certificates. */
  readonly caPem: string;
}

const CLIENT_CA_LOOK_MS = 300_000;
const RETRY_MS = 10_000;

export async function followCertificates(
  { serving, kubeletCertificate, rpc, kubelet, kubeletTls, caPem }: FollowedCertificates,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const wake = createWake(clock);
  const unsubscribe = [
    serving.subscribe((pair) => {
      rpc.replaceTls({ ...pair, caPem });
      wake.raise();
    }),
    kubeletCertificate.subscribe(() => wake.raise()),
  ];
  const keepKubelet = async () => {
    let waitMs = CLIENT_CA_LOOK_MS;
    while (!signal.aborted) {
      await wake.wait(waitMs, signal);
      if (signal.aborted) return;
      try {
        kubelet.replaceTls(await kubeletTls());
        waitMs = CLIENT_CA_LOOK_MS;
      } catch (error) {
        log.warn(
          { reason: describeError(error) },
          "the kubelet port's certificates are not refreshed; will retry",
        );
        waitMs = RETRY_MS;
      }
    }
  };
  await Promise.all([serving.run(signal), kubeletCertificate.run(signal), keepKubelet()]);
  for (const end of unsubscribe) end();
}
